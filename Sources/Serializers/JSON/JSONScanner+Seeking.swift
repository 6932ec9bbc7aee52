extension JSONScanner {
    /// Goes to the value that a path leads to, from the value that comes next.
    ///
    /// - Parameters:
    ///   - path: The steps.
    ///   - text: The text, which must have been read before.
    /// - Returns: Whether there is such a value; of members with one name it is the last.
    /// - Throws: ``SerializationError`` when the text is malformed.
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
