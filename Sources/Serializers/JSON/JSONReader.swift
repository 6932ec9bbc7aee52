import Foundation

/// Builds the tree of a JSON text.
struct JSONReader {
    private var scanner = JSONScanner()
    private let data: Data

    private init(_ data: Data) {
        self.data = data
    }

    /// Reads a whole text.
    ///
    /// - Parameters:
    ///   - data: The text.
    ///   - kept: The members whose text is kept as it is.
    static func document(from data: Data, keeping kept: JSONMemberTree = .none) throws(SerializationError) -> Document {
        var reader = JSONReader(data)
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
            let start = scanner.offset
            let hasEscapes = try scanner.skipString(in: text)
            return .string(string(from: start, hasEscapes: hasEscapes, in: text))
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

    /// Steps over a value and keeps its text.
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
        repeat {
            scanner.skipWhitespace(in: text)
            let start = scanner.offset
            let hasEscapes = try scanner.skipName(in: text)
            let name = string(from: start, hasEscapes: hasEscapes, in: text)
            try scanner.skipColon(in: text)
            let value = try value(in: text, remainingDepth: remainingDepth - 1, keeping: kept[name])
            members.append(Document.Member(name, value))
        } while try scanner.skipComma(orClosing: UInt8(ascii: "}"), in: text, expecting: "',' or '}'")
        return .map(members)
    }

    /// The string that was stepped over since an offset.
    @inline(__always)
    private func string(from start: Int, hasEscapes: Bool, in text: Span<UInt8>) -> String {
        let contents = text.extracting((start + 1)..<(scanner.offset - 1))
        return hasEscapes ? contents.jsonUnescaped : contents.string
    }

    private mutating func number(in text: Span<UInt8>) throws(SerializationError) -> Document {
        let start = scanner.offset
        let isWhole = try scanner.skipNumber(in: text)
        return Document(jsonNumber: text.extracting(start..<scanner.offset), isWhole: isWhole)
    }
}

extension Document {
    /// Makes a number of its spelling, by the grammar of RFC 8259 §6.
    ///
    /// `Double` is taken when its own shortest spelling is the same decimal number, which fifteen digits always are; what has more
    /// digits than a `Double` can tell apart, or is beyond its range, keeps its spelling.
    fileprivate init(jsonNumber text: Span<UInt8>, isWhole: Bool) {
        if isWhole, let value = Int128(jsonNumber: text) {
            self = .integer(value)
            return
        }
        let spelling = text.string
        guard let value = Double(spelling), value.isFinite else {
            self = .number(spelling)
            return
        }
        let hasExponent = spelling.utf8.contains { $0 | 0x20 == UInt8(ascii: "e") }
        if text.count <= 16, !hasExponent || DecimalNumber("\(value)") == DecimalNumber(spelling) {
            self = .float(value)
        } else {
            self = DecimalNumber("\(value)") == DecimalNumber(spelling) ? .float(value) : .number(spelling)
        }
    }
}

extension Int128 {
    /// Makes a number of checked digits, or fails when there are too many; also for `-0`, whose sign only a `Double` keeps.
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

extension Span<UInt8> {
    /// The string of these bytes, which have been checked to be UTF-8.
    @inline(__always)
    var string: String {
        unsafe withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// The string of these bytes, which have been checked to be UTF-8 with JSON's escapes.
    fileprivate var jsonUnescaped: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        var index = 0
        while index < count {
            guard self[index] == UInt8(ascii: "\\") else {
                bytes.append(self[index])
                index += 1
                continue
            }
            index += 2
            switch self[index - 1] {
            case UInt8(ascii: "b"): bytes.append(0x08)
            case UInt8(ascii: "f"): bytes.append(0x0C)
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "r"): bytes.append(0x0D)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "u"):
                let unit = codeUnit(at: index)
                index += 4
                var scalar = UInt32(unit)
                if 0xD800...0xDBFF ~= unit {
                    let low = UInt32(codeUnit(at: index + 2))
                    scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
                    index += 6
                }
                bytes += Unicode.Scalar(scalar).map { Array(UTF8.encode($0) ?? .init()) } ?? []
            default: bytes.append(self[index - 1])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func codeUnit(at index: Int) -> UInt16 {
        (index..<(index + 4)).reduce(0) { $0 << 4 | UInt16(self[$1].hexDigitValue ?? 0) }
    }
}
