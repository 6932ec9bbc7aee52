/// The coding of names and values in `application/x-www-form-urlencoded` (URL Standard §5).
enum FormCoding {
    /// Decodes escapes, and `+` as a space.
    ///
    /// A `%` that doesn't begin an escape is kept.
    static func decoded(_ octets: borrowing Span<UInt8>) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(octets.count)
        var index = 0
        while index < octets.count {
            if let octet = octets.escapedOctet(at: index) {
                decoded.append(octet)
                index += 3
            } else {
                decoded.append(octets[index] == UInt8(ascii: "+") ? UInt8(ascii: " ") : octets[index])
                index += 1
            }
        }
        return decoded
    }
}
