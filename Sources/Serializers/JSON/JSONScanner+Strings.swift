extension JSONScanner {
    /// Reads a string.
    @inline(__always)
    mutating func readString(in text: Span<UInt8>) throws(SerializationError) -> String {
        let start = offset
        let hasEscapes = try skipString(in: text)
        let contents = text.extracting((start + 1)..<(offset - 1))
        return hasEscapes ? contents.jsonUnescaped : contents.string
    }

    /// Reads a member's name.
    @inline(__always)
    mutating func readName(in text: Span<UInt8>) throws(SerializationError) -> String {
        guard try nextByte(in: text, expecting: "a name") == UInt8(ascii: "\"") else {
            throw unexpected(in: text, expecting: "a name in double quotes")
        }
        return try readString(in: text)
    }

    /// Steps over a string, from its opening to behind its closing quote.
    ///
    /// What is refused: control characters (RFC 8259 §7), bytes that are no UTF-8 (§8.1), and lone surrogates, of which §8.2 says that
    /// nobody can rely on what a reader makes of them.
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
            guard 0xD800...0xDFFF ~= unit else { return }
            if unit < 0xDC00, offset + 1 < text.count, text[offset] == UInt8(ascii: "\\"),
                text[offset + 1] == UInt8(ascii: "u")
            {
                offset += 2
                if 0xDC00...0xDFFF ~= (try skipHexDigits(in: text)) { return }
            }
            offset = start
            throw malformed("a surrogate without its other half is no character", in: text)
        default:
            offset = start
            throw malformed("there is no such escape", in: text)
        }
    }

    /// Steps over the four hexadecimal digits of an escape.
    ///
    /// - Returns: The UTF-16 code unit that they spell.
    mutating func skipHexDigits(in text: Span<UInt8>) throws(SerializationError) -> UInt16 {
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
    /// Marks the lowest of eight bytes of a string that is a quote, a backslash, a control character, or not ASCII.
    ///
    /// The high bit of that byte is the lowest bit set; zero when there is none.
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

extension UInt8 {
    /// The value of an ASCII hexadecimal digit.
    var hexDigitValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
