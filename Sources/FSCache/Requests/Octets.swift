extension UInt8 {
    /// `ALPHA`, `DIGIT`, `-`, `.`, `_` and `~` (RFC 3986 §2.3).
    var isUnreserved: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// `! $ & ' ( ) * + , ; =` (RFC 3986 §2.2).
    var isSubDelimiter: Bool {
        switch self {
        case UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&")...UInt8(ascii: ","), UInt8(ascii: ";"),
            UInt8(ascii: "="):
            true
        default: false
        }
    }

    /// `pchar` without escapes, and `/` (RFC 3986 §3.3).
    var isPlainInPath: Bool {
        isUnreserved || isSubDelimiter || self == UInt8(ascii: ":") || self == UInt8(ascii: "@")
            || self == UInt8(ascii: "/")
    }

    /// What a path may hold, and `?` (RFC 3986 §3.4).
    var isPlainInQuery: Bool {
        isPlainInPath || self == UInt8(ascii: "?")
    }

    var isDigit: Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= self
    }

    /// The octet with `A` to `Z` in lower case; every other octet, non-ASCII ones too, as it is.
    var lowercased: UInt8 {
        UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self ? self | 0x20 : self
    }

    /// The value of a hexadecimal digit.
    var hexadecimalValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension [UInt8] {
    mutating func append(_ octets: borrowing Span<UInt8>) {
        unsafe octets.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// Whether the octets of one range sort before those of another, or equal them.
    func isOrdered(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        !self[right].lexicographicallyPrecedes(self[left])
    }

    /// Sorts parts of the array by the octets of their names; parts with equal names keep their order.
    ///
    /// - Parameters:
    ///   - parts: What to sort.
    ///   - name: Where a part's name stands in the array.
    /// - Returns: The parts in order.
    func sorted<Part>(_ parts: [Part], byName name: (Part) -> Range<Int>) -> [Part] {
        // The standard library guarantees that this is stable.
        parts.sorted { self[name($0)].lexicographicallyPrecedes(self[name($1)]) }
    }

    /// Appends an octet as `%` and two hexadecimal digits in upper case (RFC 3986 §2.1).
    mutating func appendEscaped(_ octet: UInt8) {
        append(UInt8(ascii: "%"))
        append(UInt8.uppercaseDigit(octet >> 4))
        append(UInt8.uppercaseDigit(octet & 15))
    }
}

extension UInt8 {
    fileprivate static func uppercaseDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}

extension Span<UInt8> {
    /// The octet that the escape at this place stands for, or `nil` when there is no whole escape (RFC 3986 §2.1).
    func escapedOctet(at index: Int) -> UInt8? {
        guard index + 2 < count, self[index] == UInt8(ascii: "%"),
            let high = self[index + 1].hexadecimalValue, let low = self[index + 2].hexadecimalValue
        else { return nil }
        return high << 4 | low
    }

    /// The number that 16 hexadecimal digits make, or `nil` when there is anything else.
    var hexadecimalWord: UInt64? {
        guard count == 16 else { return nil }
        var word: UInt64 = 0
        for index in indices {
            guard let value = self[index].hexadecimalValue else { return nil }
            word = word << 4 | UInt64(value)
        }
        return word
    }

    func firstIndex(of octet: UInt8, from start: Int = 0) -> Int? {
        var index = start
        while index < count {
            if self[index] == octet { return index }
            index += 1
        }
        return nil
    }

    /// The first octets as text for a message, with U+FFFD for what is no UTF-8.
    var excerpt: String {
        unsafe extracting(first: 200).withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
