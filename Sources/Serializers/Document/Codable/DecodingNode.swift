import Foundation

/// The decoder of one value in the tree, and its single value container.
final class DecodingNode: Decoder {
    let document: Document
    private let parent: DecodingNode?
    private let key: Document.PathElement?

    /// The indices of members by name, built on demand for large maps only.
    private var indices: [String: Int] = [:]
    /// The last member found, because `contains`, `decodeNil` and `decode` look up the same name in turn.
    private var lastFound = 0

    init(_ document: Document, parent: DecodingNode?, key: Document.PathElement?) {
        self.document = document
        self.parent = parent
        self.key = key
    }

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    var codingPath: [any CodingKey] {
        var path: [any CodingKey] = []
        var node = self
        while let parent = node.parent {
            if let key = node.key { path.append(DocumentKey(key)) }
            node = parent
        }
        return path.reversed()
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .map(let members) = try document.unwrapped() else {
            throw mismatch("a map", document, [String: Document].self, at: nil)
        }
        return KeyedDecodingContainer(KeyedDecoding<Key>(node: self, members: members))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let elements) = try document.unwrapped() else {
            throw mismatch("an array", document, [Document].self, at: nil)
        }
        return UnkeyedDecoding(node: self, elements: elements)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    /// Finds the last member with a name.
    func index(of name: String, in members: [Document.Member]) -> Int? {
        if members.count <= 16 {
            return members.lastIndex { $0.name == name }
        }
        if members[lastFound].name == name, !indices.isEmpty { return lastFound }
        if indices.isEmpty {
            indices.reserveCapacity(members.count)
            for (index, member) in members.enumerated() { indices[member.name] = index }
        }
        let found = indices[name]
        if let found { lastFound = found }
        return found
    }

    /// Makes a value from an element or member.
    func value<Value: Decodable>(
        _ type: Value.Type,
        of document: Document,
        at key: @autoclosure () -> Document.PathElement
    ) throws -> Value {
        if let value = try leaf(type, of: document, at: key()) { return value }
        return try Value(from: DecodingNode(document, parent: self, key: key()))
    }

    /// Makes a value from this document.
    func value<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if let value = try leaf(type, of: document, at: nil) { return value }
        return try Value(from: self)
    }

    /// Makes a value of a type that the bridge knows, or returns `nil` to use the type's `init(from:)`.
    ///
    /// It compares types before casting, because a cast costs far more than a comparison of two pointers.
    @inline(__always)
    private func leaf<Value>(
        _ type: Value.Type,
        of document: Document,
        at key: @autoclosure () -> Document.PathElement?
    ) throws -> Value? {
        if Value.self == String.self { return try leaf(String.self, of: document, at: key()) as? Value }
        if Value.self == Int.self { return try leaf(Int.self, of: document, at: key()) as? Value }
        if Value.self == Date.self { return try leaf(Date.self, of: document, at: key()) as? Value }
        if Value.self == Data.self { return try leaf(Data.self, of: document, at: key()) as? Value }
        if Value.self == Document.self { return document as? Value }
        if Value.self == Decimal.self { return try leaf(Decimal.self, of: document, at: key()) as? Value }
        if Value.self == URL.self { return try url(of: document, at: key()) as? Value }
        if Value.self == JSONText.self { return try jsonText(of: document, at: key()) as? Value }
        return nil
    }

    func leaf<Leaf: DocumentLeaf>(
        _ type: Leaf.Type,
        of document: Document,
        at key: @autoclosure () -> Document.PathElement?
    ) throws -> Leaf {
        if let value = Leaf(leaf: document) { return value }
        throw mismatch("\(type)", document, type, at: key())
    }

    /// Decodes a URL; one with a base is a map, which `URL` decodes itself.
    private func url(of document: Document, at key: @autoclosure () -> Document.PathElement?) throws -> URL? {
        guard case .string(let text) = document else { return nil }
        if let url = URL(string: text) { return url }
        throw corrupted("'\(text)' is not a URL", at: key())
    }

    private func jsonText(
        of document: Document,
        at key: @autoclosure () -> Document.PathElement?
    ) throws -> JSONText {
        if case .json(let text) = document { return text }
        do {
            return try JSONText(document)
        } catch {
            throw corrupted(error.message, underlyingError: error, at: key())
        }
    }
}

extension DecodingNode: SingleValueDecodingContainer {
    func decodeNil() -> Bool { document.isNull }
    func decode(_ type: Int128.Type) throws -> Int128 { try leaf(type, of: document, at: nil) }
    func decode(_ type: UInt128.Type) throws -> UInt128 { try leaf(type, of: document, at: nil) }
    func decode<Leaf: DocumentLeaf & Decodable>(_ type: Leaf.Type) throws -> Leaf {
        try leaf(type, of: document, at: nil)
    }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try value(type) }
}

extension DecodingNode {
    /// The error for a value of an unexpected kind, or out of range.
    func mismatch(
        _ wanted: String,
        _ document: Document,
        _ type: any Any.Type,
        at key: Document.PathElement?
    ) -> DecodingError {
        let context = { (message: String) in
            DecodingError.Context(codingPath: self.codingPath(to: key), debugDescription: message)
        }
        switch document {
        case .null:
            return .valueNotFound(type, context("expected \(wanted), found null"))
        case .integer, .float, .number:
            guard type is any Numeric.Type else { break }
            return .dataCorrupted(context("the number \(document.numberSpelling) does not fit in \(wanted)"))
        case .string(let text) where wanted == "Date":
            return .dataCorrupted(context("'\(text.prefix(40))' is not a time in ISO 8601"))
        case .string where wanted == "Data":
            return .dataCorrupted(context("the string is not base64"))
        default:
            break
        }
        return .typeMismatch(type, context("expected \(wanted), found \(document.kindDescription)"))
    }

    /// The error for an invalid value of the expected kind.
    func corrupted(
        _ message: String,
        underlyingError: (any Error)? = nil,
        at key: Document.PathElement?
    ) -> DecodingError {
        .dataCorrupted(
            DecodingError.Context(
                codingPath: codingPath(to: key),
                debugDescription: message,
                underlyingError: underlyingError
            )
        )
    }

    /// The path to an element or member, or to this value.
    func codingPath(to key: Document.PathElement?) -> [any CodingKey] {
        guard let key else { return codingPath }
        return codingPath + [DocumentKey(key)]
    }
}

extension Document {
    package var isNull: Bool {
        switch self {
        case .null: true
        case .json(let text): text.isNull
        default: false
        }
    }

    /// The kind of value, in words.
    fileprivate var kindDescription: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .float, .number: "a number"
        case .string: "a string"
        case .bytes: "bytes"
        case .date: "a date"
        case .array: "an array"
        case .map: "a map"
        case .json: "JSON text"
        }
    }

    /// The number, short enough for a message.
    fileprivate var numberSpelling: String {
        switch self {
        case .integer(let value): "\(value)"
        case .float(let value): "\(value)"
        case .number(let spelling): spelling.utf8.count <= 50 ? spelling : "\(spelling.prefix(50))…"
        default: ""
        }
    }
}
