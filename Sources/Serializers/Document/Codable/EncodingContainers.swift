/// Encodes members into a map.
///
/// One generic method serves all integers, apart from those for which the protocol has defaults of its own.
struct KeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: EncodingNode

    var codingPath: [any CodingKey] { node.codingPath }

    func encodeNil(forKey key: Key) { append(.null, key) }
    func encode(_ value: Bool, forKey key: Key) { append(.bool(value), key) }
    func encode(_ value: String, forKey key: Key) { append(.string(value), key) }
    func encode(_ value: Double, forKey key: Key) { append(.float(value), key) }
    func encode(_ value: Float, forKey key: Key) { append(.float(Double(value)), key) }
    func encode(_ value: Int128, forKey key: Key) { append(.integer(value), key) }
    func encode(_ value: UInt128, forKey key: Key) { append(Document(value), key) }
    func encode(_ value: some FixedWidthInteger & Encodable, forKey key: Key) { append(Document(value), key) }

    func encode(_ value: some Encodable, forKey key: Key) throws {
        let name = key.stringValue
        node.append(try node.document(of: value, at: .member(name)), named: name)
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type,
        forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
        node.appendChild(named: key.stringValue).container(keyedBy: keyType)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        node.appendChild(named: key.stringValue).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { node.appendChild(named: DocumentKey.super.stringValue) }

    func superEncoder(forKey key: Key) -> any Encoder { node.appendChild(named: key.stringValue) }

    private func append(_ value: Document, _ key: Key) { node.append(value, named: key.stringValue) }
}

/// Encodes elements into an array.
struct UnkeyedEncoding: UnkeyedEncodingContainer {
    let node: EncodingNode

    var codingPath: [any CodingKey] { node.codingPath }
    var count: Int { node.count }

    func encodeNil() { node.append(.null) }
    func encode(_ value: Bool) { node.append(.bool(value)) }
    func encode(_ value: String) { node.append(.string(value)) }
    func encode(_ value: Double) { node.append(.float(value)) }
    func encode(_ value: Float) { node.append(.float(Double(value))) }
    func encode(_ value: Int128) { node.append(.integer(value)) }
    func encode(_ value: UInt128) { node.append(Document(value)) }
    func encode(_ value: some FixedWidthInteger & Encodable) { node.append(Document(value)) }

    func encode(_ value: some Encodable) throws {
        node.append(try node.document(of: value, at: .index(node.count)))
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type
    ) -> KeyedEncodingContainer<NestedKey> {
        node.appendChild().container(keyedBy: keyType)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { node.appendChild().unkeyedContainer() }

    func superEncoder() -> any Encoder { node.appendChild() }
}
