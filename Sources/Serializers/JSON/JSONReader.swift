import Foundation

/// Builds the tree of a JSON text.
struct JSONReader {
    private var scanner = JSONScanner()
    private let data: Data
    private let spellsNumbers: Bool
    /// How many more values may be read.
    private var remainingCount: Int

    private init(_ data: Data, spellsNumbers: Bool, maximumValueCount: Int) {
        self.data = data
        self.spellsNumbers = spellsNumbers
        self.remainingCount = maximumValueCount
    }

    /// Reads a whole text.
    ///
    /// - Parameters:
    ///   - data: The text.
    ///   - kept: The members to keep as they are spelled.
    ///   - spellsNumbers: Whether a number is a ``Document/number(_:)`` if its spelling would otherwise change.
    /// - Returns: The tree.
    /// - Throws: ``SerializationError`` with the position.
    static func document(
        from data: Data,
        keeping kept: MemberTree = .none,
        spellsNumbers: Bool = false
    ) throws(SerializationError) -> Document {
        var reader = JSONReader(data, spellsNumbers: spellsNumbers, maximumValueCount: kept.maximumValueCount)
        let text = data.span
        try reader.scanner.refuseByteOrderMark(in: text)
        let document = try reader.value(in: text, remainingDepth: Document.maximumDepth, keeping: kept)
        try reader.scanner.expectEnd(in: text)
        return document
    }

    private mutating func value(
        in text: Span<UInt8>,
        remainingDepth: Int,
        keeping kept: MemberTree
    ) throws(SerializationError) -> Document {
        remainingCount -= 1
        guard remainingCount >= 0 else {
            throw SerializationError(
                .limitExceeded,
                "too many values",
                position: .init(offset: scanner.offset, in: text)
            )
        }
        if kept.isJSON { return try keptText(in: text, remainingDepth: remainingDepth) }
        switch try scanner.nextByte(in: text, expecting: "a value") {
        case UInt8(ascii: "\""):
            return .string(try scanner.readString(in: text))
        case UInt8(ascii: "{"):
            return try object(in: text, remainingDepth: remainingDepth, keeping: kept)
        case UInt8(ascii: "["):
            return try array(in: text, remainingDepth: remainingDepth, keeping: kept)
        case UInt8(ascii: "t"):
            try scanner.skipLiteral("true", in: text)
            return .bool(true)
        case UInt8(ascii: "f"):
            try scanner.skipLiteral("false", in: text)
            return .bool(false)
        case UInt8(ascii: "n"):
            try scanner.skipLiteral("null", in: text)
            return .null
        default:
            return try number(in: text, isSpelled: spellsNumbers || kept.isText)
        }
    }

    /// Keeps the text of a value.
    private mutating func keptText(in text: Span<UInt8>, remainingDepth: Int) throws(SerializationError) -> Document {
        scanner.skipWhitespace(in: text)
        let start = scanner.offset
        try scanner.skipValue(in: text, remainingDepth: min(remainingDepth, JSONText.maximumDepth))
        let slice = data[(data.startIndex + start)..<(data.startIndex + scanner.offset)]
        return .json(JSONText(checked: slice))
    }

    private mutating func array(
        in text: Span<UInt8>,
        remainingDepth: Int,
        keeping kept: MemberTree
    ) throws(SerializationError) -> Document {
        try scanner.enter(remainingDepth: remainingDepth, in: text)
        var elements: [Document] = []
        guard try !scanner.skipClosing(UInt8(ascii: "]"), in: text, expecting: "a value or ']'") else {
            return .array(elements)
        }
        elements.reserveCapacity(4)
        repeat {
            elements.append(try value(in: text, remainingDepth: remainingDepth - 1, keeping: kept.elements))
        } while try scanner.skipComma(orClosing: UInt8(ascii: "]"), in: text, expecting: "',' or ']'")
        return .array(elements)
    }

    private mutating func object(
        in text: Span<UInt8>,
        remainingDepth: Int,
        keeping kept: MemberTree
    ) throws(SerializationError) -> Document {
        try scanner.enter(remainingDepth: remainingDepth, in: text)
        var members: [Document.Member] = []
        guard try !scanner.skipClosing(UInt8(ascii: "}"), in: text, expecting: "a name or '}'") else {
            return .map(members)
        }
        members.reserveCapacity(4)
        repeat {
            let name = try scanner.readName(in: text)
            try scanner.skipColon(in: text)
            let value = try value(in: text, remainingDepth: remainingDepth - 1, keeping: kept[name])
            members.append(Document.Member(name, value))
        } while try scanner.skipComma(orClosing: UInt8(ascii: "}"), in: text, expecting: "',' or '}'")
        return .map(members)
    }

    private mutating func number(in text: Span<UInt8>, isSpelled: Bool) throws(SerializationError) -> Document {
        let start = scanner.offset
        let isWhole = try scanner.skipNumber(in: text)
        let spelling = text.extracting(start..<scanner.offset)
        let number = Document(jsonNumber: spelling, isWhole: isWhole)
        guard isSpelled, case .float(let value) = number, "\(value)" != spelling.string else { return number }
        return .number(spelling.string)
    }
}

extension Document {
    /// Makes a number from its spelling, by the grammar of RFC 8259 §6.
    ///
    /// It is a `Double` if that has the same decimal value, as with up to fifteen digits. Otherwise it keeps its
    /// spelling.
    init(jsonNumber text: Span<UInt8>, isWhole: Bool) {
        if isWhole, let value = Int128(jsonNumber: text) {
            self = .integer(value)
            return
        }
        let spelling = text.string
        guard let value = Double(spelling), value.isFinite else {
            self = .number(spelling)
            return
        }
        let isShort = text.count <= 15 && !spelling.utf8.contains { $0 | 0x20 == UInt8(ascii: "e") }
        let isExact = isShort || DecimalNumber("\(value)") == DecimalNumber(spelling)
        self = isExact ? .float(value) : .number(spelling)
    }
}

extension Int128 {
    /// Makes a number from valid digits, or fails for too many, and for `-0`, whose sign only a `Double` keeps.
    fileprivate init?(jsonNumber text: Span<UInt8>) {
        let isNegative = text[0] == UInt8(ascii: "-")
        let firstDigit = isNegative ? 1 : 0
        if isNegative, text[firstDigit] == UInt8(ascii: "0") { return nil }
        if text.count - firstDigit <= 18 {
            var value: Int64 = 0
            for index in firstDigit..<text.count { value = value * 10 + Int64(text[index] - UInt8(ascii: "0")) }
            self.init(isNegative ? -value : value)
        } else if text.count <= 40 {
            self.init(text.string)
        } else {
            return nil
        }
    }
}
