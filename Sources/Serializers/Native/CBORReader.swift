/// A position in CBOR (RFC 8949) that reads items one by one, without building a tree.
///
/// Each step takes the bytes as an argument, because a span can't be stored. After an error, the position is where
/// reading stopped.
///
/// ```swift
/// var reader = CBORReader()
/// let bytes = data.span
/// for _ in 0..<(try reader.readMapHeader(in: bytes) ?? 0) {
///     switch try reader.readString(in: bytes) {
///     case "status": status = try reader.readInt(in: bytes)
///     default: try reader.skipValue(in: bytes)
///     }
/// }
/// ```
package struct CBORReader {
    /// The kinds of items (RFC 8949 §3.1).
    package enum MajorType: UInt8 {
        case unsignedInteger, negativeInteger, byteString, textString, array, map, tag, simpleOrFloat
    }

    /// The start of an item: its kind and its argument.
    struct Head {
        var type: MajorType
        /// The low five bits of the first byte.
        var information: UInt8
        /// A number, a length, a count, a tag, or the bits of a float, depending on the kind; zero if the length is
        /// indefinite.
        var argument: UInt64

        var isIndefinite: Bool { information == 31 }
    }

    /// The offsets of a member's name and value.
    package struct Pair {
        package var name: Range<Int>
        package var value: Range<Int>
        /// Whether the value is text, and not bytes.
        package var isText: Bool
    }

    /// The number of bytes before the position.
    package var offset: Int

    /// Makes a reader.
    ///
    /// - Parameter offset: The number of bytes before the first item.
    package init(offset: Int = 0) {
        self.offset = offset
    }

    /// The kind of the next item.
    ///
    /// - Returns: The kind; `nil` at the end of the bytes.
    package func nextType(in bytes: Span<UInt8>) -> MajorType? {
        guard offset < bytes.count else { return nil }
        return MajorType(rawValue: bytes[offset] >> 5)
    }

    /// Reads a whole number.
    package mutating func readInt(in bytes: Span<UInt8>) throws(SerializationError) -> Int {
        let start = offset
        let head = try readHead(in: bytes)
        if let value = Int(exactly: head.argument) {
            if head.type == .unsignedInteger { return value }
            if head.type == .negativeInteger { return ~value }
        }
        offset = start
        let isInteger = head.type == .unsignedInteger || head.type == .negativeInteger
        throw malformed(isInteger ? "the number does not fit in Int" : "expected a whole number")
    }

    /// Reads a number, whole or not.
    ///
    /// - Returns: The number, rounded if necessary.
    package mutating func readDouble(in bytes: Span<UInt8>) throws(SerializationError) -> Double {
        let start = offset
        let head = try readHead(in: bytes)
        switch head.type {
        case .unsignedInteger: return Double(head.argument)
        case .negativeInteger: return Double(-1 - Int128(head.argument))
        case .simpleOrFloat:
            if let value = head.float { return value }
            fallthrough
        default:
            offset = start
            throw malformed("expected a number")
        }
    }

    /// Reads a Boolean value.
    package mutating func readBool(in bytes: Span<UInt8>) throws(SerializationError) -> Bool {
        guard offset < bytes.count, bytes[offset] == 0xF4 || bytes[offset] == 0xF5 else {
            throw malformed("expected a Boolean value")
        }
        offset += 1
        return bytes[offset - 1] == 0xF5
    }

    /// Skips the next item if it is null or undefined.
    ///
    /// - Returns: Whether it was.
    package mutating func skipNull(in bytes: Span<UInt8>) -> Bool {
        guard offset < bytes.count, bytes[offset] == 0xF6 || bytes[offset] == 0xF7 else { return false }
        offset += 1
        return true
    }

    /// Reads a text string, in one piece or in chunks.
    package mutating func readString(in bytes: Span<UInt8>) throws(SerializationError) -> String {
        let head = try readHead(.textString, "expected text", in: bytes)
        guard head.isIndefinite else { return try text(head, in: bytes) }
        var text = ""
        while try !skipBreak(in: bytes) {
            text += try self.text(readChunkHead(.textString, in: bytes), in: bytes)
        }
        return text
    }

    /// Reads a text string in one piece, without creating a `String` or checking that it is UTF-8.
    ///
    /// - Returns: The offsets of its bytes.
    package mutating func readText(in bytes: Span<UInt8>) throws(SerializationError) -> Range<Int> {
        try readPiece(.textString, "text", in: bytes)
    }

    /// Reads a byte string in one piece, without copying it.
    ///
    /// - Returns: The offsets of its bytes.
    package mutating func readBytes(in bytes: Span<UInt8>) throws(SerializationError) -> Range<Int> {
        try readPiece(.byteString, "bytes", in: bytes)
    }

    @inline(__always)
    private mutating func readPiece(
        _ type: MajorType,
        _ name: StaticString,
        in bytes: Span<UInt8>
    ) throws(SerializationError) -> Range<Int> {
        let start = offset
        let head = try readHead(in: bytes)
        guard head.type == type, !head.isIndefinite else {
            offset = start
            throw malformed("expected \(name)\(head.type == type ? " in one piece" : "")")
        }
        return try contents(head, in: bytes)
    }

    /// Reads the start of an array.
    ///
    /// - Returns: The number of elements, for which there are enough bytes; `nil` if ``skipBreak(in:)`` finds the end.
    package mutating func readArrayHeader(in bytes: Span<UInt8>) throws(SerializationError) -> Int? {
        let head = try readHead(.array, "expected an array", in: bytes)
        return try count(head, minimumSize: 1, in: bytes)
    }

    /// Reads a map of one member, whose name is text and whose value is text or bytes, each in one piece.
    ///
    /// - Returns: The offsets of their bytes; `nil` if the map has another number of members.
    package mutating func readPair(in bytes: Span<UInt8>) throws(SerializationError) -> Pair? {
        let map = try readHead(.map, "expected a map", in: bytes)
        guard map.argument == 1, !map.isIndefinite else { return nil }
        let name = try readPiece(.textString, "text", in: bytes)
        if offset < bytes.count, bytes[offset] >> 5 == MajorType.byteString.rawValue {
            return Pair(name: name, value: try readBytes(in: bytes), isText: false)
        }
        return Pair(name: name, value: try readPiece(.textString, "text", in: bytes), isText: true)
    }

    /// Reads the start of a map.
    ///
    /// - Returns: The number of pairs, for which there are enough bytes; `nil` if ``skipBreak(in:)`` finds the end.
    package mutating func readMapHeader(in bytes: Span<UInt8>) throws(SerializationError) -> Int? {
        let head = try readHead(.map, "expected a map", in: bytes)
        return try count(head, minimumSize: 2, in: bytes)
    }

    /// Skips the end of an item of indefinite length, if it is next.
    ///
    /// - Returns: Whether it was.
    package mutating func skipBreak(in bytes: Span<UInt8>) throws(SerializationError) -> Bool {
        guard offset < bytes.count else { throw endOfBytes() }
        guard bytes[offset] == 0xFF else { return false }
        offset += 1
        return true
    }

    /// Reads a tag if one is next.
    ///
    /// - Returns: Its number, or `nil` if the next item has no tag.
    package mutating func readTag(in bytes: Span<UInt8>) throws(SerializationError) -> UInt64? {
        guard nextType(in: bytes) == .tag else { return nil }
        return try readHead(in: bytes).argument
    }

    /// Skips an item and everything in it, and checks that it is well-formed (RFC 8949 appendix C).
    ///
    /// - Parameters:
    ///   - bytes: The CBOR.
    ///   - remainingDepth: How deep the item can nest.
    /// - Throws: ``SerializationError`` with the position.
    package mutating func skipValue(
        in bytes: Span<UInt8>,
        remainingDepth: Int = Document.maximumDepth
    ) throws(SerializationError) {
        let head = try readHead(in: bytes)
        switch head.type {
        case .unsignedInteger, .negativeInteger:
            break
        case .simpleOrFloat:
            try refuseBreak(head)
        case .byteString, .textString:
            guard head.isIndefinite else {
                _ = try contents(head, in: bytes)
                return
            }
            while try !skipBreak(in: bytes) { _ = try contents(readChunkHead(head.type, in: bytes), in: bytes) }
        case .tag:
            try enter(remainingDepth)
            try skipValue(in: bytes, remainingDepth: remainingDepth - 1)
        case .array, .map:
            try enter(remainingDepth)
            let itemsPerElement = head.type == .map ? 2 : 1
            if let count = try count(head, minimumSize: itemsPerElement, in: bytes) {
                for _ in 0..<(count * itemsPerElement) {
                    try skipValue(in: bytes, remainingDepth: remainingDepth - 1)
                }
            } else {
                while try !skipBreak(in: bytes) {
                    for _ in 0..<itemsPerElement { try skipValue(in: bytes, remainingDepth: remainingDepth - 1) }
                }
            }
        }
    }

    /// Checks that there is nothing after the last item.
    package func expectEnd(in bytes: Span<UInt8>) throws(SerializationError) {
        guard offset == bytes.count else { throw malformed("there are bytes after the end of the item") }
    }
}
