/// Base64 in either alphabet (RFC 4648 §4 and §5), with or without padding.
enum Base64 {
    /// Decodes text up to its padding, and skips everything that doesn't belong to the alphabets.
    static func decoded(_ text: some Sequence<UInt8>) -> [UInt8] {
        var decoded: [UInt8] = []
        var (bits, count): (UInt32, UInt32) = (0, 0)
        for octet in text {
            if octet == UInt8(ascii: "=") { break }
            guard let digit = value(of: octet) else { continue }
            bits = bits << 6 | UInt32(digit)
            count += 6
            if count >= 8 {
                count -= 8
                decoded.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        return decoded
    }

    /// The value of a digit, or `nil` if an octet isn't one.
    static func value(of octet: UInt8) -> UInt8? {
        switch octet {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): octet - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): octet - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): octet - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
