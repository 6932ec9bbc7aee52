extension JSONScanner {
    /// Reads a string.
    @inline(__always)
    mutating func readString(in text: Span<UInt8>) throws(SerializationError) -> String {
        let start = offset
        let hasEscapes = try skipString(in: text)
        let contents = text.extracting((start + 1)..<(offset - 1))
        guard hasEscapes else { return contents.string }
        var utf8: [UInt8] = []
        contents.unescapeJSON(into: &utf8)
        return String(decoding: utf8, as: UTF8.self)
    }

    /// Reads a string as UTF-8, in which a lone surrogate becomes three bytes, as if it were a code point.
    ///
    /// - Parameters:
    ///   - utf8: Receives the contents of the string, which replace its own.
    ///   - text: The text.
    /// - Returns: Whether the string has escapes.
    /// - Throws: ``SerializationError`` with the position.
    package mutating func readString(
        into utf8: inout [UInt8],
        from text: Span<UInt8>
    ) throws(SerializationError) -> Bool {
        let start = offset
        let hasEscapes = try skipString(in: text)
        utf8.removeAll(keepingCapacity: true)
        text.extracting((start + 1)..<(offset - 1)).unescapeJSON(into: &utf8)
        return hasEscapes
    }

    /// Reads the name of a member.
    @inline(__always)
    mutating func readName(in text: Span<UInt8>) throws(SerializationError) -> String {
        try findName(in: text)
        return try readString(in: text)
    }

    /// Reads the name of a member as UTF-8; see ``readString(into:from:)``.
    package mutating func readName(
        into utf8: inout [UInt8],
        from text: Span<UInt8>
    ) throws(SerializationError) -> Bool {
        try findName(in: text)
        return try readString(into: &utf8, from: text)
    }

    /// Moves to the name of a member.
    @inline(__always)
    mutating func findName(in text: Span<UInt8>) throws(SerializationError) {
        guard try nextByte(in: text, expecting: "a name") == UInt8(ascii: "\"") else {
            throw unexpected(in: text, expecting: "a name in double quotes")
        }
    }

    /// Skips a string, including its quotes.
    ///
    /// It rejects control characters (RFC 8259 §7), bytes that are not UTF-8 (§8.1) and, unless
    /// ``allowsLoneSurrogates``, escapes of lone surrogates, whose meaning is unpredictable (§8.2).
    ///
    /// - Returns: Whether the string has escapes.
    mutating func skipString(in text: Span<UInt8>) throws(SerializationError) -> Bool {
        let start = offset
        var hasEscapes = false
        offset += 1
        while true {
            while offset + 8 <= text.count {
                let special = text.word(at: offset).specialStringBytes
                offset += special.trailingZeroBitCount >> 3
                if special != 0 { break }
            }
            guard offset < text.count else {
                offset = start
                throw malformed("the string does not end", in: text)
            }
            switch text[offset] {
            case UInt8(ascii: "\""):
                offset += 1
                return hasEscapes
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try skipEscape(in: text)
            case 0..<0x20:
                throw malformed("a control character in a string must be escaped", in: text)
            case 0..<0x80:
                offset += 1
            default:
                guard let length = text.multibyteCharacterLength(at: offset) else {
                    throw malformed("the string is not in UTF-8", in: text)
                }
                offset += length
            }
        }
    }

    private mutating func skipEscape(in text: Span<UInt8>) throws(SerializationError) {
        let start = offset
        guard offset + 1 < text.count else {
            offset = text.count
            throw unexpected(in: text, expecting: "the rest of an escape")
        }
        offset += 2
        switch text[offset - 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return
        case UInt8(ascii: "u"):
            let unit = try skipHexDigits(in: text)
            guard 0xD800...0xDFFF ~= unit, !allowsLoneSurrogates else { return }
            if unit < 0xDC00, offset + 1 < text.count, text[offset] == UInt8(ascii: "\\"),
                text[offset + 1] == UInt8(ascii: "u")
            {
                offset += 2
                if 0xDC00...0xDFFF ~= (try skipHexDigits(in: text)) { return }
            }
            offset = start
            throw malformed("an escaped surrogate must be followed by its other half", in: text)
        default:
            offset = start
            throw malformed("this escape is not valid in JSON", in: text)
        }
    }

    /// Skips the four hexadecimal digits of an escape.
    ///
    /// - Returns: The UTF-16 code unit that they spell.
    private mutating func skipHexDigits(in text: Span<UInt8>) throws(SerializationError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard offset < text.count, let digit = text[offset].hexDigitValue else {
                throw unexpected(in: text, expecting: "a hexadecimal digit")
            }
            unit = unit << 4 | UInt16(digit)
            offset += 1
        }
        return unit
    }
}

extension UInt64 {
    /// Finds the lowest of eight bytes of a string that is a quote, a backslash, a control character, or not ASCII.
    ///
    /// The lowest bit set is the high bit of that byte; zero if there is none.
    @inline(__always)
    var specialStringBytes: UInt64 {
        let quotes = self ^ 0x2222_2222_2222_2222
        let backslashes = self ^ 0x5C5C_5C5C_5C5C_5C5C
        let low: UInt64 = 0x0101_0101_0101_0101
        let found =
            (quotes &- low) & ~quotes | (backslashes &- low) & ~backslashes | (self &- 0x2020_2020_2020_2020) & ~self
            | self
        return found & 0x8080_8080_8080_8080
    }
}

extension Span<UInt8> {
    /// Appends the UTF-8 of these bytes, which are the checked contents of a JSON string.
    fileprivate func unescapeJSON(into utf8: inout [UInt8]) {
        utf8.reserveCapacity(utf8.count + count)
        var index = 0
        while index < count {
            guard self[index] == UInt8(ascii: "\\") else {
                utf8.append(self[index])
                index += 1
                continue
            }
            index += 2
            switch self[index - 1] {
            case UInt8(ascii: "b"): utf8.append(0x08)
            case UInt8(ascii: "f"): utf8.append(0x0C)
            case UInt8(ascii: "n"): utf8.append(0x0A)
            case UInt8(ascii: "r"): utf8.append(0x0D)
            case UInt8(ascii: "t"): utf8.append(0x09)
            case UInt8(ascii: "u"):
                var codePoint = codeUnit(at: index)
                index += 4
                if 0xD800...0xDBFF ~= codePoint, index + 6 <= count, self[index] == UInt8(ascii: "\\"),
                    self[index + 1] == UInt8(ascii: "u"), case let low = codeUnit(at: index + 2), 0xDC00...0xDFFF ~= low
                {
                    codePoint = 0x10000 + (codePoint - 0xD800) << 10 + (low - 0xDC00)
                    index += 6
                }
                utf8.append(codePoint: codePoint)
            default: utf8.append(self[index - 1])
            }
        }
    }

    private func codeUnit(at index: Int) -> UInt32 {
        (index..<(index + 4)).reduce(0) { $0 << 4 | UInt32(self[$1].hexDigitValue ?? 0) }
    }
}

extension [UInt8] {
    /// Appends a code point in UTF-8, or a surrogate as three bytes, as if it were one.
    fileprivate mutating func append(codePoint: UInt32) {
        func trailing(_ shift: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: codePoint >> shift & 0x3F | 0x80) }
        switch codePoint {
        case ..<0x80: append(UInt8(codePoint))
        case ..<0x800: self += [UInt8(codePoint >> 6 | 0xC0), trailing(0)]
        case ..<0x10000: self += [UInt8(codePoint >> 12 | 0xE0), trailing(6), trailing(0)]
        default: self += [UInt8(codePoint >> 18 | 0xF0), trailing(12), trailing(6), trailing(0)]
        }
    }
}

extension UInt8 {
    /// Whether a string needs an escape for this character (RFC 8259 §7).
    @inline(__always)
    package var needsJSONEscape: Bool {
        self < 0x20 || self == UInt8(ascii: "\"") || self == UInt8(ascii: "\\")
    }

    /// Returns the bytes of the escape for a character that needs one: the short one if it exists (RFC 8785 §3.2.2.2).
    package func forEachByteOfJSONEscape(_ body: (UInt8) -> Void) {
        body(UInt8(ascii: "\\"))
        switch self {
        case 0x08: body(UInt8(ascii: "b"))
        case 0x09: body(UInt8(ascii: "t"))
        case 0x0A: body(UInt8(ascii: "n"))
        case 0x0C: body(UInt8(ascii: "f"))
        case 0x0D: body(UInt8(ascii: "r"))
        case ..<0x20:
            for byte in "u00".utf8 { body(byte) }
            body(.hexDigit(self >> 4))
            body(.hexDigit(self & 15))
        default: body(self)
        }
    }
}
