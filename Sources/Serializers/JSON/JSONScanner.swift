import Foundation

/// A position in JSON text that moves over tokens and checks them against RFC 8259.
///
/// Each step takes the text as an argument, because a span can't be stored.
package struct JSONScanner {
    /// The number of bytes before the position.
    package var offset = 0
    /// Whether a string may escape half of a surrogate pair, which RFC 8259 §8.2 allows but no Swift string can hold.
    let allowsLoneSurrogates: Bool

    package init(allowsLoneSurrogates: Bool = false) {
        self.allowsLoneSurrogates = allowsLoneSurrogates
    }

    @inline(__always)
    package mutating func skipWhitespace(in text: Span<UInt8>) {
        while offset < text.count, text[offset].isJSONWhitespace {
            offset += 1
            // Skip indentation eight bytes at a time.
            while offset + 8 <= text.count, text.word(at: offset) == 0x2020_2020_2020_2020 { offset += 8 }
        }
    }

    /// Skips whitespace and returns the next byte.
    @inline(__always)
    package mutating func nextByte(in text: Span<UInt8>, expecting expected: StaticString) throws(SerializationError)
        -> UInt8
    {
        skipWhitespace(in: text)
        guard offset < text.count else { throw unexpected(in: text, expecting: expected) }
        return text[offset]
    }

    /// Skips the whole text, which must be one value.
    mutating func skipText(in text: Span<UInt8>, maximumDepth: Int) throws(SerializationError) {
        try refuseByteOrderMark(in: text)
        try skipValue(in: text, remainingDepth: maximumDepth)
        try expectEnd(in: text)
    }

    func refuseByteOrderMark(in text: Span<UInt8>) throws(SerializationError) {
        guard text.count >= 3, text[0] == 0xEF, text[1] == 0xBB, text[2] == 0xBF else { return }
        throw malformed("JSON can't begin with a byte order mark (RFC 8259 §8.1)", in: text)
    }

    package mutating func expectEnd(in text: Span<UInt8>) throws(SerializationError) {
        skipWhitespace(in: text)
        guard offset == text.count else { throw unexpected(in: text, expecting: "the end of the text") }
    }

    /// Skips a value.
    package mutating func skipValue(in text: Span<UInt8>, remainingDepth: Int) throws(SerializationError) {
        switch try nextByte(in: text, expecting: "a value") {
        case UInt8(ascii: "\""): _ = try skipString(in: text)
        case UInt8(ascii: "{"): try skipObject(in: text, remainingDepth: remainingDepth)
        case UInt8(ascii: "["): try skipArray(in: text, remainingDepth: remainingDepth)
        case UInt8(ascii: "t"): try skipLiteral("true", in: text)
        case UInt8(ascii: "f"): try skipLiteral("false", in: text)
        case UInt8(ascii: "n"): try skipLiteral("null", in: text)
        default: _ = try skipNumber(in: text)
        }
    }

    private mutating func skipArray(in text: Span<UInt8>, remainingDepth: Int) throws(SerializationError) {
        try enter(remainingDepth: remainingDepth, in: text)
        guard try !skipClosing(UInt8(ascii: "]"), in: text, expecting: "a value or ']'") else { return }
        repeat {
            try skipValue(in: text, remainingDepth: remainingDepth - 1)
        } while try skipComma(orClosing: UInt8(ascii: "]"), in: text, expecting: "',' or ']'")
    }

    private mutating func skipObject(in text: Span<UInt8>, remainingDepth: Int) throws(SerializationError) {
        try enter(remainingDepth: remainingDepth, in: text)
        guard try !skipClosing(UInt8(ascii: "}"), in: text, expecting: "a name or '}'") else { return }
        repeat {
            try findName(in: text)
            _ = try skipString(in: text)
            try skipColon(in: text)
            try skipValue(in: text, remainingDepth: remainingDepth - 1)
        } while try skipComma(orClosing: UInt8(ascii: "}"), in: text, expecting: "',' or '}'")
    }

    /// Skips an opening bracket.
    @inline(__always)
    package mutating func enter(remainingDepth: Int, in text: Span<UInt8>) throws(SerializationError) {
        guard remainingDepth > 0 else {
            throw SerializationError(
                .limitExceeded,
                "arrays and objects are nested too deeply",
                position: .init(offset: offset, in: text)
            )
        }
        offset += 1
    }

    /// Skips a closing bracket if it is next.
    @inline(__always)
    package mutating func skipClosing(
        _ bracket: UInt8,
        in text: Span<UInt8>,
        expecting expected: StaticString
    ) throws(SerializationError) -> Bool {
        guard try nextByte(in: text, expecting: expected) == bracket else { return false }
        offset += 1
        return true
    }

    /// Skips a comma or the closing bracket.
    ///
    /// - Returns: Whether it was a comma, so that another element or member must follow.
    @inline(__always)
    package mutating func skipComma(
        orClosing bracket: UInt8,
        in text: Span<UInt8>,
        expecting expected: StaticString
    ) throws(SerializationError) -> Bool {
        let byte = try nextByte(in: text, expecting: expected)
        guard byte == UInt8(ascii: ",") || byte == bracket else { throw unexpected(in: text, expecting: expected) }
        offset += 1
        return byte == UInt8(ascii: ",")
    }

    @inline(__always)
    package mutating func skipColon(in text: Span<UInt8>) throws(SerializationError) {
        guard try nextByte(in: text, expecting: "':'") == UInt8(ascii: ":") else {
            throw unexpected(in: text, expecting: "':'")
        }
        offset += 1
    }

    @inline(__always)
    mutating func skipLiteral(_ literal: StaticString, in text: Span<UInt8>) throws(SerializationError) {
        let start = offset
        for index in 0..<literal.utf8CodeUnitCount {
            // The index is below the literal's own length.
            guard offset < text.count, unsafe text[offset] == literal.utf8Start[index] else {
                offset = start
                throw unexpected(in: text, expecting: "a value")
            }
            offset += 1
        }
    }

    /// Skips a number.
    ///
    /// - Returns: Whether it has neither a fraction nor an exponent.
    mutating func skipNumber(in text: Span<UInt8>) throws(SerializationError) -> Bool {
        let start = offset
        if text[offset] == UInt8(ascii: "-") { offset += 1 }
        let firstDigit = offset
        skipDigits(in: text)
        guard offset > firstDigit else {
            if offset == start { throw unexpected(in: text, expecting: "a value") }
            throw unexpected(in: text, expecting: "a digit")
        }
        if text[firstDigit] == UInt8(ascii: "0"), offset > firstDigit + 1 {
            offset = firstDigit
            throw malformed("a number can't have leading zeros", in: text)
        }

        var isWhole = true
        if offset < text.count, text[offset] == UInt8(ascii: ".") {
            offset += 1
            isWhole = false
            try skipSomeDigits(in: text)
        }
        if offset < text.count, text[offset] | 0x20 == UInt8(ascii: "e") {
            offset += 1
            isWhole = false
            if offset < text.count, text[offset] == UInt8(ascii: "+") || text[offset] == UInt8(ascii: "-") {
                offset += 1
            }
            try skipSomeDigits(in: text)
        }
        return isWhole
    }

    @inline(__always)
    private mutating func skipDigits(in text: Span<UInt8>) {
        while offset < text.count, text[offset].isDigit { offset += 1 }
    }

    private mutating func skipSomeDigits(in text: Span<UInt8>) throws(SerializationError) {
        let start = offset
        skipDigits(in: text)
        guard offset > start else { throw unexpected(in: text, expecting: "a digit") }
    }
}

extension UInt8 {
    @inline(__always)
    var isJSONWhitespace: Bool {
        // The bits of tab, line feed, carriage return and space.
        self <= 0x20 && (0x1_0000_2600 as UInt64) >> UInt64(self) & 1 == 1
    }
}

extension JSONScanner {
    /// Moves to the value at a path, starting at the next value.
    ///
    /// - Parameters:
    ///   - path: The steps.
    ///   - text: The text, which must have been read before.
    /// - Returns: Whether the value exists. Of members with the same name, the last one counts.
    /// - Throws: ``SerializationError`` with the position.
    mutating func seek(_ path: [Document.PathElement], in text: Span<UInt8>) throws(SerializationError) -> Bool {
        for step in path {
            switch (step, try nextByte(in: text, expecting: "a value")) {
            case (.index(let index), UInt8(ascii: "[")):
                guard try seek(index: index, in: text) else { return false }
            case (.member(let name), UInt8(ascii: "{")):
                guard try seek(member: name, in: text) else { return false }
            default:
                return false
            }
        }
        skipWhitespace(in: text)
        return true
    }

    private mutating func seek(index: Int, in text: Span<UInt8>) throws(SerializationError) -> Bool {
        offset += 1
        guard try !skipClosing(UInt8(ascii: "]"), in: text, expecting: "a value") else { return false }
        for _ in 0..<index {
            try skipValue(in: text, remainingDepth: Document.maximumDepth)
            guard try skipComma(orClosing: UInt8(ascii: "]"), in: text, expecting: "','") else { return false }
        }
        return true
    }

    private mutating func seek(member wanted: String, in text: Span<UInt8>) throws(SerializationError) -> Bool {
        offset += 1
        guard try !skipClosing(UInt8(ascii: "}"), in: text, expecting: "a name") else { return false }
        var found: Int?
        repeat {
            let name = try readName(in: text)
            try skipColon(in: text)
            if name == wanted { found = offset }
            try skipValue(in: text, remainingDepth: Document.maximumDepth)
        } while try skipComma(orClosing: UInt8(ascii: "}"), in: text, expecting: "','")
        guard let found else { return false }
        offset = found
        return true
    }
}

extension JSONScanner {
    /// The error for text that is invalid at the position.
    func malformed(_ message: String, in text: Span<UInt8>) -> SerializationError {
        SerializationError(.malformed, message, position: .init(offset: offset, in: text))
    }

    /// The error for something other than expected at the position.
    func unexpected(in text: Span<UInt8>, expecting expected: StaticString) -> SerializationError {
        guard offset < text.count else {
            return malformed("expected \(expected), found the end of the text", in: text)
        }
        let byte = text[offset]
        let found =
            0x21...0x7E ~= byte
            ? "'\(Unicode.Scalar(byte))'" : "the byte 0x\(String(byte, radix: 16, uppercase: true))"
        return malformed("expected \(expected), found \(found)", in: text)
    }
}

extension SerializationError.Position {
    /// Makes the position for an offset in a text.
    init(offset: Int, in text: Span<UInt8>) {
        self.init(offset: offset, line: 1, column: 1)
        var lineStart = 0
        for index in 0..<min(offset, text.count) where text[index] == UInt8(ascii: "\n") {
            line! += 1
            lineStart = index + 1
        }
        column = offset - lineStart + 1
    }
}
