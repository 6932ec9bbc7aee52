import Foundation

/// Builds the tree of a CBOR item.
struct NativeReader {
    private var reader = CBORReader()

    /// Reads one item that takes up all bytes.
    static func document(from data: Data) throws(SerializationError) -> Document {
        var reader = NativeReader()
        let bytes = data.span
        let document = try reader.value(in: bytes, remainingDepth: Document.maximumDepth)
        try reader.reader.expectEnd(in: bytes)
        return document
    }

    private mutating func value(in bytes: Span<UInt8>, remainingDepth: Int) throws(SerializationError) -> Document {
        let start = reader.offset
        let head = try reader.readHead(in: bytes)
        switch head.type {
        case .unsignedInteger:
            return .integer(Int128(head.argument))
        case .negativeInteger:
            return .integer(-1 - Int128(head.argument))
        case .textString:
            reader.offset = start
            return .string(try reader.readString(in: bytes))
        case .byteString:
            reader.offset = start
            return .bytes(try data(in: bytes))
        case .array:
            return try array(head, in: bytes, remainingDepth: remainingDepth)
        case .map:
            return try map(head, in: bytes, remainingDepth: remainingDepth)
        case .tag:
            try reader.enter(remainingDepth)
            return try tagged(head.argument, from: start, in: bytes, remainingDepth: remainingDepth - 1)
        case .simpleOrFloat:
            try reader.refuseBreak(head)
            if let value = head.float { return .float(value) }
            return head.argument == 20 || head.argument == 21 ? .bool(head.argument == 21) : .null
        }
    }

    private mutating func data(in bytes: Span<UInt8>) throws(SerializationError) -> Data {
        let head = try reader.readHead(.byteString, "expected bytes", in: bytes)
        guard head.isIndefinite else { return bytes.extracting(try reader.contents(head, in: bytes)).data }
        var joined = ByteWriter()
        while try !reader.skipBreak(in: bytes) {
            let piece = try reader.readChunkHead(.byteString, in: bytes)
            joined.append(bytes.extracting(try reader.contents(piece, in: bytes)))
        }
        return joined.take()
    }

    private mutating func array(
        _ head: CBORReader.Head,
        in bytes: Span<UInt8>,
        remainingDepth: Int
    ) throws(SerializationError) -> Document {
        try reader.enter(remainingDepth)
        var elements: [Document] = []
        if let count = try reader.count(head, minimumSize: 1, in: bytes) {
            elements.reserveCapacity(min(count, 4096))
            for _ in 0..<count { elements.append(try value(in: bytes, remainingDepth: remainingDepth - 1)) }
        } else {
            while try !reader.skipBreak(in: bytes) {
                elements.append(try value(in: bytes, remainingDepth: remainingDepth - 1))
            }
        }
        return .array(elements)
    }

    private mutating func map(
        _ head: CBORReader.Head,
        in bytes: Span<UInt8>,
        remainingDepth: Int
    ) throws(SerializationError) -> Document {
        try reader.enter(remainingDepth)
        var members: [Document.Member] = []
        if let count = try reader.count(head, minimumSize: 2, in: bytes) {
            members.reserveCapacity(min(count, 4096))
            for _ in 0..<count { members.append(try member(in: bytes, remainingDepth: remainingDepth - 1)) }
        } else {
            while try !reader.skipBreak(in: bytes) {
                members.append(try member(in: bytes, remainingDepth: remainingDepth - 1))
            }
        }
        return .map(members)
    }

    private mutating func member(in bytes: Span<UInt8>, remainingDepth: Int) throws(SerializationError)
        -> Document.Member
    {
        let name = try reader.readName(in: bytes)
        return Document.Member(name, try value(in: bytes, remainingDepth: remainingDepth))
    }

    /// Reads the item behind a tag.
    private mutating func tagged(
        _ tag: UInt64,
        from start: Int,
        in bytes: Span<UInt8>,
        remainingDepth: Int
    ) throws(SerializationError) -> Document {
        let content = try value(in: bytes, remainingDepth: remainingDepth)
        if (tag == 2 || tag == 3), case .bytes(let magnitude) = content, magnitude.count > Bignum.maximumByteCount {
            throw SerializationError(
                .limitExceeded,
                "a number of \(magnitude.count) bytes is too long: \(Bignum.maximumByteCount) are the limit",
                position: .init(offset: start)
            )
        }
        if let document = Document(tag: tag, content: content) { return document }
        throw SerializationError(
            .malformed,
            "what has the tag \(tag) is not what the tag stands for",
            position: .init(offset: start)
        )
    }
}
