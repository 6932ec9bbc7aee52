extension JSONScanner {
    /// Says that the text is no JSON, here.
    func malformed(_ message: String, in text: Span<UInt8>) -> SerializationError {
        SerializationError(.malformed, message, position: .init(offset: offset, in: text))
    }

    /// Says what was found here in the place of what was expected.
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
    /// Makes the position of an offset in a text.
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
