/// Decodes members of a map.
struct KeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let node: DecodingNode
    let members: [Document.Member]

    var codingPath: [any CodingKey] { node.codingPath }

    /// The keys that the type knows, each once, in the order of the map.
    var allKeys: [Key] {
        // A plain loop: in generic code, the closures of `compactMap` cost more than all the rest.
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
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try leaf(type, key) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try leaf(type, key) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try leaf(type, key) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try leaf(type, key) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try leaf(type, key) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try leaf(type, key) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try leaf(type, key) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try leaf(type, key) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try leaf(type, key) }
    func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 { try leaf(type, key) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try leaf(type, key) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try leaf(type, key) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try leaf(type, key) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try leaf(type, key) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try leaf(type, key) }
    func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 { try leaf(type, key) }

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
            DecodingError.Context(codingPath: codingPath, debugDescription: "there is no such member")
        )
    }

    private func child(_ name: String, _ key: some CodingKey) throws -> DecodingNode {
        DecodingNode(try member(key), parent: node, key: .member(name))
    }
}
