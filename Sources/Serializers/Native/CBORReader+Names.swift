extension CBORReader {
    /// Reads the name of a member: text, or an integer, which becomes its decimal spelling.
    mutating func readName(in bytes: Span<UInt8>) throws(SerializationError) -> String {
        switch nextType(in: bytes) {
        case .unsignedInteger: return try String(readHead(in: bytes).argument)
        case .negativeInteger: return try String(-1 - Int128(readHead(in: bytes).argument))
        case .textString: return try readString(in: bytes)
        case nil: throw endOfBytes()
        default: throw malformed("member names must be text or integers")
        }
    }

    /// Moves to the item at a path, starting at the next item.
    ///
    /// - Parameters:
    ///   - path: The steps.
    ///   - bytes: The CBOR.
    /// - Returns: Whether the item exists. Of members with the same name, the last one counts.
    /// - Throws: ``SerializationError`` with the position.
    mutating func seek(_ path: [Document.PathElement], in bytes: Span<UInt8>) throws(SerializationError) -> Bool {
        for step in path {
            while try readTag(in: bytes) != nil {}
            switch (step, nextType(in: bytes)) {
            case (.index(let index), .array):
                guard try seek(index: index, in: bytes) else { return false }
            case (.member(let name), .map):
                guard try seek(member: name, in: bytes) else { return false }
            default:
                return false
            }
        }
        return true
    }

    private mutating func seek(index: Int, in bytes: Span<UInt8>) throws(SerializationError) -> Bool {
        let count = try readArrayHeader(in: bytes)
        if let count, index >= count { return false }
        for _ in 0..<index {
            if count == nil, try skipBreak(in: bytes) { return false }
            try skipValue(in: bytes)
        }
        if count == nil, try skipBreak(in: bytes) { return false }
        return true
    }

    private mutating func seek(member wanted: String, in bytes: Span<UInt8>) throws(SerializationError) -> Bool {
        var found: Int?
        var remaining = try readMapHeader(in: bytes) ?? .max
        let isIndefinite = remaining == .max
        while remaining > 0 {
            if isIndefinite, try skipBreak(in: bytes) { break }
            let name = try readName(in: bytes)
            if name == wanted { found = offset }
            try skipValue(in: bytes)
            remaining -= 1
        }
        guard let found else { return false }
        offset = found
        return true
    }
}
