import Foundation

/// Builds the tree of a JSON text.
struct JSONReader {
    private var scanner = JSONScanner()
    private let data: Data
    private let spellsNumbers: Bool

    private init(_ data: Data, spellsNumbers: Bool) {
        self.data = data
        self.spellsNumbers = spellsNumbers
    }

    /// Reads a whole text.
    ///
    /// - Parameters:
    ///   - data: The text.
    ///   - kept: The members to keep as text.
    ///   - spellsNumbers: Whether a number is a ``Document/number(_:)`` if its spelling would otherwise change.
    /// - Returns: The tree.
    /// - Throws: ``SerializationError`` with the position.
    static func document(
        from data: Data,
        keeping kept: JSONMemberTree = .none,
        spellsNumbers: Bool = false
    ) throws(SerializationError) -> Document {
        var reader = JSONReader(data, spellsNumbers: spellsNumbers)
        let text = data.span
        try reader.scanner.refuseByteOrderMark(in: text)
        let document = try reader.value(in: text, remainingDepth: Document.maximumDepth, keeping: kept)
        try reader.scanner.expectEnd(in: text)
        return document
    }

    private mutating func value(
        in text: Span<UInt8>,
        remainingDepth: Int,
        keeping kept: JSONMemberTree
    ) throws(SerializationError) -> Document {
        if kept.isKept { return try keptText(in: text, remainingDepth: remainingDepth) }
        switch try scanner.nextByte(in: text, expecting: "a value") {
        case UInt8(ascii: "\""):
            return .string(try scanner.readString(in: text))
        case UInt8(ascii: "{"):
            return try object(in: text, remainingDepth: remainingDepth, keeping: kept)
        case UInt8(ascii: "["):
            return try array(in: text, remainingDepth: remainingDepth)
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
            return try number(in: text)
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

    private mutating func array(in text: Span<UInt8>, remainingDepth: Int) throws(SerializationError) -> Document {
        try scanner.enter(remainingDepth: remainingDepth, in: text)
        var elements: [Document] = []
        guard try !scanner.skipClosing(UInt8(ascii: "]"), in: text, expecting: "a value or ']'") else {
            return .array(elements)
        }
        elements.reserveCapacity(4)
        repeat {
            elements.append(try value(in: text, remainingDepth: remainingDepth - 1, keeping: .none))
        } while try scanner.skipComma(orClosing: UInt8(ascii: "]"), in: text, expecting: "',' or ']'")
        return .array(elements)
    }

    private mutating func object(
        in text: Span<UInt8>,
        remainingDepth: Int,
        keeping kept: JSONMemberTree
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

    private mutating func number(in text: Span<UInt8>) throws(SerializationError) -> Document {
        let start = scanner.offset
        let isWhole = try scanner.skipNumber(in: text)
        let spelling = text.extracting(start..<scanner.offset)
        let number = Document(jsonNumber: spelling, isWhole: isWhole)
        guard spellsNumbers, case .float(let value) = number, "\(value)" != spelling.string else { return number }
        return .number(spelling.string)
    }
}

/// The members of a JSON text, at any depth, that are kept as text.
///
/// Other formats, and other members, make a ``JSONText`` of the tree.
package struct JSONMemberTree: Sendable {
    /// Whether the value itself is kept.
    private(set) var isKept = false
    private var members: [(name: String, tree: JSONMemberTree)] = []

    /// Nothing is kept.
    package static let none = JSONMemberTree()

    /// Makes a tree from paths.
    ///
    /// - Parameter paths: The names that lead to each member that is kept.
    package init(_ paths: [[String]] = []) {
        for path in paths { insert(path[...]) }
    }

    private mutating func insert(_ path: ArraySlice<String>) {
        guard let name = path.first else {
            isKept = true
            return
        }
        if let index = members.firstIndex(where: { $0.name == name }) {
            members[index].tree.insert(path.dropFirst())
        } else {
            members.append((name, JSONMemberTree([Array(path.dropFirst())])))
        }
    }

    /// The part below a member.
    @inline(__always)
    subscript(name: String) -> JSONMemberTree {
        if members.isEmpty { return .none }
        return members.first { $0.name == name }?.tree ?? .none
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
