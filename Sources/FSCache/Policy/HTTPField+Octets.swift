internal import HTTPTypes
internal import Serializers

extension HTTPField {
    /// Lends the octets of the value, without a copy.
    func withOctets<Result>(_ body: (borrowing Span<UInt8>) -> Result) -> Result {
        unsafe withUnsafeBytesOfValue { body(unsafe $0.span) }
    }
}

extension Span<UInt8> {
    /// Whether a text stands at a place, with or without regard to ASCII case; the text is in lower case then.
    func matches(_ text: StaticString, at start: Int, ignoringCase: Bool = true) -> Bool {
        guard start + text.utf8CodeUnitCount <= count else { return false }
        for offset in 0..<text.utf8CodeUnitCount {
            let octet = self[start + offset]
            guard unsafe (ignoringCase ? octet.lowercased : octet) == text.utf8Start[offset] else { return false }
        }
        return true
    }

    /// Whether a range holds just a text, which is in lower case, regardless of ASCII case.
    func equals(_ range: Range<Int>, _ text: StaticString) -> Bool {
        range.count == text.utf8CodeUnitCount && matches(text, at: range.lowerBound)
    }

    /// The text of a range, ASCII letters in lower case.
    func lowercasedText(_ range: Range<Int>) -> String {
        var octets: [UInt8] = []
        octets.reserveCapacity(range.count)
        for index in range { octets.append(self[index].lowercased) }
        return String(decoding: octets, as: UTF8.self)
    }

    /// A number of seconds (RFC 9111 §1.2.2): digits and nothing else, at most 2^31, or `nil`.
    ///
    /// Backslashes, as they stand in a quoted string, are passed over.
    func deltaSeconds(_ range: Range<Int>) -> Int? {
        var value = 0
        var hasDigits = false
        for index in range where self[index] != UInt8(ascii: "\\") {
            guard self[index].isDigit else { return nil }
            hasDigits = true
            value = Swift.min(value * 10 + Int(self[index] - UInt8(ascii: "0")), 1 << 31)
        }
        return hasDigits ? value : nil
    }
}
