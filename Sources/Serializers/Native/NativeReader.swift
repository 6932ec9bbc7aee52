import Foundation

/// Builds a tree from a CBOR item.
struct NativeReader {
    private var reader = CBORReader()

    /// Reads an item that spans all bytes.
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

    /// Reads the item after a tag.
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
                "a number of \(magnitude.count) bytes is too long: the limit is \(Bignum.maximumByteCount)",
                position: .init(offset: start)
            )
        }
        if let document = Document(tag: tag, content: content) { return document }
        throw SerializationError(
            .malformed,
            "the item does not fit its tag \(tag)",
            position: .init(offset: start)
        )
    }
}

extension Document {
    /// Makes a value from a tagged item, or fails if the item doesn't fit the tag.
    ///
    /// Unknown tags leave the item unchanged.
    init?(tag: UInt64, content: Document) {
        switch (tag, content) {
        case (0, .string(let text)):
            guard let date = Date(iso8601: text) else { return nil }
            self = .date(date)
        case (1, .integer(let seconds)):
            guard let seconds = Int64(exactly: seconds) else { return nil }
            self = .date(Date(secondsSince1970: seconds))
        case (1, .float(let seconds)):
            self = .date(Date(secondsSince1970: seconds))
        case (2, .bytes(let magnitude)):
            self.init(Bignum(bytes: magnitude.span), isNegative: false)
        case (3, .bytes(let magnitude)):
            var number = Bignum(bytes: magnitude.span)
            number.increment()
            self.init(number, isNegative: true)
        case (4, .array(let parts)):
            self.init(decimalFraction: parts)
        case (37, .bytes(let bytes)) where bytes.count == 16:
            self = .string(UUID.spelling(of: bytes))
        case (0...4, _):
            return nil
        default:
            self = content
        }
    }

    private init(_ magnitude: Bignum, isNegative: Bool) {
        if let value = magnitude.int128 {
            self = .integer(isNegative ? -value : value)
        } else {
            let spelling = (isNegative ? "-" : "") + magnitude.digits
            self = Int128(spelling).map(Document.integer) ?? .number(spelling)
        }
    }

    /// Makes a number from an exponent of ten and a whole number (RFC 8949 §3.4.4).
    private init?(decimalFraction parts: [Document]) {
        guard parts.count == 2, case .integer(let exponent) = parts[0], let exponent = Int(exactly: exponent) else {
            return nil
        }
        switch parts[1] {
        case .integer(let value): self = .number(Self.spelling(of: String(value), exponent: exponent))
        // Only a bignum is allowed here, not another decimal fraction.
        case .number(let digits) where digits.utf8.allSatisfy({ $0.isDigit || $0 == UInt8(ascii: "-") }):
            self = .number(Self.spelling(of: digits, exponent: exponent))
        default: return nil
        }
    }

    private static func spelling(of digits: String, exponent: Int) -> String {
        // Don't spell it as a whole number, because it would then be written as an integer.
        if exponent == 0 { return "\(digits).0" }
        guard exponent < 0, exponent >= -40 else { return "\(digits)e\(exponent)" }
        let sign = digits.hasPrefix("-") ? "-" : ""
        let magnitude = digits.dropFirst(sign.count)
        let padded = String(repeating: "0", count: max(0, 1 - exponent - magnitude.count)) + magnitude
        return "\(sign)\(padded.dropLast(-exponent)).\(padded.suffix(-exponent))"
    }
}

extension UUID {
    /// The spelling of sixteen bytes as in `uuidString`.
    fileprivate static func spelling(of bytes: Data) -> String {
        let bytes = Array(bytes)
        return [bytes[..<4], bytes[4..<6], bytes[6..<8], bytes[8..<10], bytes[10...]]
            .map { String(hexadecimal: $0, uppercase: true) }
            .joined(separator: "-")
    }
}
