/// Decodes members of a map.
///
/// One generic method serves all leaves, apart from the types for which the protocol has defaults of its own.
struct KeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let node: DecodingNode
    let members: [Document.Member]

    var codingPath: [any CodingKey] { node.codingPath }

    /// The keys that the type knows, without duplicates, in the order of the map.
    var allKeys: [Key] {
        // A plain loop, because closures are slow in generic code that is not specialized.
        var keys: [Key] = []
        for index in 0..<members.count {
            let name = members[index].name
            guard node.index(of: name, in: members) == index, let key = Key(stringValue: name) else { continue }
            keys.append(key)
        }
        return keys
    }

    func contains(_ key: Key) -> Bool { node.index(of: key.stringValue, in: members) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { try member(key).isNull }
    func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 { try leaf(type, key) }
    func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 { try leaf(type, key) }
    func decode<Leaf: DocumentLeaf & Decodable>(_ type: Leaf.Type, forKey key: Key) throws -> Leaf {
        try leaf(type, key)
    }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try node.value(type, of: member(key), at: .member(key.stringValue))
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type,
        forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try child(key.stringValue, key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try child(key.stringValue, key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { try child(DocumentKey.super.stringValue, DocumentKey.super) }

    func superDecoder(forKey key: Key) throws -> any Decoder { try child(key.stringValue, key) }

    private func leaf<Leaf: DocumentLeaf>(_ type: Leaf.Type, _ key: Key) throws -> Leaf {
        try node.leaf(type, of: member(key), at: .member(key.stringValue))
    }

    private func member(_ key: some CodingKey) throws -> Document {
        if let index = node.index(of: key.stringValue, in: members) { return members[index].value }
        throw DecodingError.keyNotFound(
            key,
            DecodingError.Context(codingPath: codingPath, debugDescription: "the member is missing")
        )
    }

    private func child(_ name: String, _ key: some CodingKey) throws -> DecodingNode {
        DecodingNode(try member(key), parent: node, key: .member(name))
    }
}

/// Decodes elements of an array, one after the other.
struct UnkeyedDecoding: UnkeyedDecodingContainer {
    let node: DecodingNode
    let elements: [Document]
    private(set) var currentIndex = 0

    init(node: DecodingNode, elements: [Document]) {
        self.node = node
        self.elements = elements
    }

    var codingPath: [any CodingKey] { node.codingPath }
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex == elements.count }

    mutating func decodeNil() throws -> Bool {
        guard try current(Document?.self).isNull else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode(_ type: Int128.Type) throws -> Int128 { try leaf(type) }
    mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try leaf(type) }
    mutating func decode<Leaf: DocumentLeaf & Decodable>(_ type: Leaf.Type) throws -> Leaf { try leaf(type) }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let value = try node.value(type, of: current(type), at: .index(currentIndex))
        currentIndex += 1
        return value
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        let container = try child().container(keyedBy: type)
        currentIndex += 1
        return container
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let container = try child().unkeyedContainer()
        currentIndex += 1
        return container
    }

    mutating func superDecoder() throws -> any Decoder {
        let decoder = try child()
        currentIndex += 1
        return decoder
    }

    private mutating func leaf<Leaf: DocumentLeaf>(_ type: Leaf.Type) throws -> Leaf {
        let value = try node.leaf(type, of: current(type), at: .index(currentIndex))
        currentIndex += 1
        return value
    }

    private func child() throws -> DecodingNode {
        DecodingNode(try current(Document.self), parent: node, key: .index(currentIndex))
    }

    private func current(_ type: any Any.Type) throws -> Document {
        if currentIndex < elements.count { return elements[currentIndex] }
        throw DecodingError.valueNotFound(
            type,
            DecodingError.Context(
                codingPath: codingPath,
                debugDescription: "expected another element after the \(elements.count) of this array"
            )
        )
    }
}
