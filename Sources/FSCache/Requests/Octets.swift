internal import Serializers

extension UInt8 {
    /// Whether this is one of some ASCII characters, given as bits: those from 0 to 63, and those from 64 to 127.
    ///
    /// Each octet of a URL is tested several times for each request, and a `switch` over ranges takes several comparisons.
    func isIn(_ low: UInt64, _ high: UInt64) -> Bool {
        self < 128 && (self < 64 ? low : high) &>> UInt64(self) & 1 == 1
    }

    /// `ALPHA`, `DIGIT`, `-`, `.`, `_` and `~` (RFC 3986 §2.3).
    var isUnreserved: Bool { isIn(0x03FF_6000_0000_0000, 0x47FF_FFFE_87FF_FFFE) }

    /// `reg-name` without escapes (RFC 3986 §3.2.2): unreserved, and `! $ & ' ( ) * + , ; =`.
    var isPlainInHost: Bool { isIn(0x2BFF_7FD2_0000_0000, 0x47FF_FFFE_87FF_FFFE) }

    /// Those of a host in normal form, which has no capital letters.
    var isPlainInNormalHost: Bool { isIn(0x2BFF_7FD2_0000_0000, 0x47FF_FFFE_8000_0000) }

    /// `pchar` without escapes, and `/` (RFC 3986 §3.3): those of a host, `:`, `@` and `/`.
    var isPlainInPath: Bool { isIn(0x2FFF_FFD2_0000_0000, 0x47FF_FFFE_87FF_FFFF) }

    /// The octets of a path, and `?` (RFC 3986 §3.4).
    var isPlainInQuery: Bool { isIn(0xAFFF_FFD2_0000_0000, 0x47FF_FFFE_87FF_FFFF) }

    /// The octet, with `A` to `Z` in lower case.
    var lowercased: UInt8 {
        UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self ? self | 0x20 : self
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
    ///   - parts: The parts.
    ///   - name: Returns the range of a part's name in the array.
    /// - Returns: The parts in order.
    func sorted<Part>(_ parts: [Part], byName name: (Part) -> Range<Int>) -> [Part] {
        // The standard library guarantees a stable sort.
        parts.sorted { self[name($0)].lexicographicallyPrecedes(self[name($1)]) }
    }

    /// Replaces a secret value, which extends to the end, with its digest, so that it isn't spelled out.
    ///
    /// The number sign can't occur there in a plain value.
    mutating func replaceWithDigest(from start: Int) {
        let digest = CacheKey(hashing: self[start...])
        removeSubrange(start...)
        append(UInt8(ascii: "#"))
        append(contentsOf: digest.description.utf8)
    }

    /// Appends an octet as `%` and two hexadecimal digits in upper case (RFC 3986 §2.1).
    mutating func appendEscaped(_ octet: UInt8) {
        append(UInt8(ascii: "%"))
        append(.hexDigit(octet >> 4, uppercase: true))
        append(.hexDigit(octet & 15, uppercase: true))
    }
}

extension Span<UInt8> {
    /// Decodes the escape at an index; `nil` if none begins there, or it is incomplete (RFC 3986 §2.1).
    func escapedOctet(at index: Int) -> UInt8? {
        guard index + 2 < count, self[index] == UInt8(ascii: "%"),
            let high = self[index + 1].hexDigitValue, let low = self[index + 2].hexDigitValue
        else { return nil }
        return high << 4 | low
    }

    /// The number that these 16 hexadecimal digits spell, or `nil` for anything else.
    var hexadecimalWord: UInt64? {
        guard count == 16 else { return nil }
        func half(_ offset: Int) -> UInt64? {
            unsafe UInt64(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
                .hexadecimalDigitsValue
        }
        guard let high = half(0), let low = half(8) else { return nil }
        return high << 32 | low
    }

    @inline(__always)
    func allSatisfy(_ isWanted: (UInt8) -> Bool) -> Bool {
        for index in indices where !isWanted(self[index]) { return false }
        return true
    }

    func firstIndex(of octet: UInt8, from start: Int = 0) -> Int? {
        var index = start
        while index < count {
            if self[index] == octet { return index }
            index += 1
        }
        return nil
    }

    /// The first octets as text for a message, with U+FFFD in place of invalid UTF-8.
    var excerpt: String {
        unsafe extracting(first: 200).withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
