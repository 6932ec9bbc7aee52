internal import Serializers

/// Text whose escapes were decoded, and where its octets come from.
struct DecodedText {
    private(set) var octets: [UInt8] = []
    /// Where octets begin that stand one after the other in the original text, too.
    private var pieces: [(start: Int, origin: Int)] = [(0, 0)]

    /// Decodes the escapes of URLs, JSON and double-quoted YAML; `nil` if there are none.
    ///
    /// All of them are decoded wherever they stand, because text such as the body of a response is in another format than
    /// its file.
    init?(escapesIn text: [UInt8]) {
        var (start, index) = (0, 0)
        while index < text.count {
            guard text[index] == UInt8(ascii: "\\") || text[index] == UInt8(ascii: "%"),
                let escape = Self.escape(in: text, at: index)
            else {
                index += 1
                continue
            }
            octets.append(contentsOf: text[start..<index])
            octets.append(contentsOf: escape.octets)
            index += escape.length
            start = index
            pieces.append((octets.count, index))
        }
        guard pieces.count > 1 else { return nil }
        octets.append(contentsOf: text[start...])
    }

    /// The index in the original text of an octet.
    func origin(of index: Int) -> Int {
        var (low, high) = (0, pieces.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if pieces[middle].start <= index { low = middle } else { high = middle }
        }
        return pieces[low].origin + index - pieces[low].start
    }

    private static func escape(in text: [UInt8], at index: Int) -> (octets: [UInt8], length: Int)? {
        func number(_ start: Int, _ count: Int) -> UInt32? {
            guard start + count <= text.count else { return nil }
            var number: UInt32 = 0
            for octet in text[start..<(start + count)] {
                guard let digit = octet.hexDigitValue else { return nil }
                number = number << 4 | UInt32(digit)
            }
            return number
        }
        if text[index] == UInt8(ascii: "%") {
            return number(index + 1, 2).map { ([UInt8($0)], 3) }
        }
        guard index + 1 < text.count else { return nil }
        switch text[index + 1] {
        case UInt8(ascii: "n"): return ([0x0A], 2)
        case UInt8(ascii: "r"): return ([0x0D], 2)
        case UInt8(ascii: "t"): return ([0x09], 2)
        case UInt8(ascii: "b"), UInt8(ascii: "f"): return ([UInt8(ascii: " ")], 2)
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"), UInt8(ascii: "/"): return ([text[index + 1]], 2)
        case UInt8(ascii: "x"): return scalar(number(index + 2, 2), 4)
        case UInt8(ascii: "u"): return scalar(number(index + 2, 4), 6)
        case UInt8(ascii: "\n"):
            // YAML folds an escaped line end, and the blanks after it.
            let end = text[(index + 2)...].firstIndex { !$0.isBlank } ?? text.count
            return ([], end - index)
        default: return nil
        }
    }

    private static func scalar(_ number: UInt32?, _ length: Int) -> (octets: [UInt8], length: Int)? {
        guard let number else { return nil }
        // Half of a surrogate pair can't be part of a secret that is recognized.
        let scalar = Unicode.Scalar(number) ?? "\u{FFFD}"
        return (Array(String(Character(scalar)).utf8), length)
    }
}
