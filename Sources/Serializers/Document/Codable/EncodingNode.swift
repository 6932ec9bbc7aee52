import Foundation

/// The encoder of one value of the tree, and its single value container.
final class EncodingNode: Encoder {
    /// The kind of value, by the last requested container.
    private enum Shape {
        case undecided, single, array, map
    }

    private let parent: EncodingNode?
    private let key: Document.PathElement?
    /// The number of arrays and maps around the value.
    private let depth: Int

    private var shape = Shape.undecided
    private var single = Document.null
    private var elements: [Document] = []
    private var members: [Document.Member] = []
    /// The length of the runs of elements to sort, if the value is unordered.
    private var sortedStride: Int?
    /// Children that may still change, and their indices.
    private var pending: [(index: Int, child: EncodingNode)] = []

    init(parent: EncodingNode?, key: Document.PathElement?, depth: Int) {
        self.parent = parent
        self.key = key
        self.depth = depth
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

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        shape = .map
        return KeyedEncodingContainer(KeyedEncoding<Key>(node: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        shape = .array
        return UnkeyedEncoding(node: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    /// The number of elements so far.
    var count: Int { elements.count }

    func append(_ element: Document) { elements.append(element) }

    func append(_ value: Document, named name: String) { members.append(Document.Member(name, value)) }

    func set(_ value: Document) {
        shape = .single
        single = value
    }

    /// Appends an element that is filled in later.
    func appendChild() -> EncodingNode {
        let child = EncodingNode(parent: self, key: .index(elements.count), depth: depth + 1)
        pending.append((elements.count, child))
        elements.append(.null)
        return child
    }

    /// Appends a member that is filled in later.
    func appendChild(named name: String) -> EncodingNode {
        let child = EncodingNode(parent: self, key: .member(name), depth: depth + 1)
        pending.append((members.count, child))
        members.append(Document.Member(name, .null))
        return child
    }

    /// Turns an element or a member into a document.
    func document(of value: some Encodable, at key: @autoclosure () -> Document.PathElement) throws -> Document {
        if let document = Document(leaf: value) { return document }
        guard depth < Document.maximumDepth else {
            throw SerializationError(
                .limitExceeded,
                "the value nests deeper than \(Document.maximumDepth) levels",
                path: codingPath.map(Document.PathElement.init)
            )
        }
        let child = EncodingNode(parent: self, key: key(), depth: depth + 1)
        try child.encodeContents(of: value)
        return child.finish()
    }

    /// Turns this value into a document.
    func document(of value: some Encodable) throws -> Document {
        if let document = Document(leaf: value) { return document }
        try encodeContents(of: value)
        return finish()
    }

    private func encodeContents<Value: Encodable>(of value: Value) throws {
        if let type = Value.self as? any UnorderedCollection.Type { sortedStride = type.stride }
        try value.encode(to: self)
    }

    /// The encoded document, complete with its children.
    ///
    /// A value that encodes nothing is an empty map.
    private func finish() -> Document {
        switch shape {
        case .single:
            return single
        case .array:
            for (index, child) in pending { elements[index] = child.finish() }
            if let sortedStride { elements.sortRuns(of: sortedStride) }
            return .array(elements)
        case .map, .undecided:
            for (index, child) in pending { members[index].value = child.finish() }
            members.keepLastOfEachName()
            if sortedStride != nil { members.sort { $0.name < $1.name } }
            return .map(members)
        }
    }
}

extension EncodingNode: SingleValueEncodingContainer {
    func encodeNil() { set(.null) }
    func encode(_ value: Bool) { set(.bool(value)) }
    func encode(_ value: String) { set(.string(value)) }
    func encode(_ value: Double) { set(.float(value)) }
    func encode(_ value: Float) { set(.float(Double(value))) }
    func encode(_ value: Int128) { set(.integer(value)) }
    func encode(_ value: UInt128) { set(Document(value)) }
    func encode(_ value: some FixedWidthInteger & Encodable) { set(Document(value)) }

    func encode(_ value: some Encodable) throws {
        if let document = Document(leaf: value) { return set(document) }
        try encodeContents(of: value)
    }
}

extension [Document.Member] {
    /// Removes all but the last of members with equal names.
    ///
    /// For few members, comparing each pair is faster than hashing them.
    fileprivate mutating func keepLastOfEachName() {
        let isUnique =
            count <= 16
            ? indices.allSatisfy { index in !self[..<index].contains { $0.name == self[index].name } }
            : Set(lazy.map(\.name)).count == count
        guard !isUnique else { return }
        var seen: Set<String> = []
        self = reversed().filter { seen.insert($0.name).inserted }.reversed()
    }
}

/// A collection whose equal values may list their elements in different orders.
///
/// The elements are sorted, so that equal values give equal bytes.
protocol UnorderedCollection {
    /// How many array elements one element of the collection becomes, unless it becomes a member of a map.
    static var stride: Int { get }
}

extension Set: UnorderedCollection {
    static var stride: Int { 1 }
}

extension Dictionary: UnorderedCollection {
    /// Two if the keys can't be names: then each key precedes its value.
    static var stride: Int { 2 }
}

extension [Document] {
    /// Sorts runs of a length by their first elements.
    mutating func sortRuns(of length: Int) {
        guard length > 1 else { return sort { $0.isOrdered(before: $1) } }
        let runs = stride(from: 0, to: count, by: length).map { self[$0..<Swift.min($0 + length, count)] }
        self = runs.sorted { left, right in left.first.map { $0.isOrdered(before: right[right.startIndex]) } ?? false }
            .flatMap(\.self)
    }
}

extension Document {
    /// Whether this precedes another document, in an arbitrary but fixed order.
    func isOrdered(before other: Document) -> Bool {
        switch (self, other) {
        case (.bool(let left), .bool(let right)): !left && right
        case (.integer(let left), .integer(let right)): left < right
        case (.float(let left), .float(let right)): left < right
        case (.number(let left), .number(let right)): left < right
        case (.string(let left), .string(let right)): left < right
        case (.date(let left), .date(let right)): left < right
        case (.bytes(let left), .bytes(let right)): left.lexicographicallyPrecedes(right)
        case (.json(let left), .json(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.array(let left), .array(let right)): left.lexicographicallyPrecedes(right) { $0.isOrdered(before: $1) }
        case (.map(let left), .map(let right)):
            left.lexicographicallyPrecedes(right) { left, right in
                left.name == right.name ? left.value.isOrdered(before: right.value) : left.name < right.name
            }
        default: kindRank < other.kindRank
        }
    }

    private var kindRank: Int {
        switch self {
        case .null: 0
        case .bool: 1
        case .integer: 2
        case .float: 3
        case .number: 4
        case .string: 5
        case .bytes: 6
        case .date: 7
        case .array: 8
        case .map: 9
        case .json: 10
        }
    }
}
