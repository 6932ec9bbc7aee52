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
    func encode(_ value: Int) { node.append(.integer(Int128(value))) }
    func encode(_ value: Int8) { node.append(.integer(Int128(value))) }
    func encode(_ value: Int16) { node.append(.integer(Int128(value))) }
    func encode(_ value: Int32) { node.append(.integer(Int128(value))) }
    func encode(_ value: Int64) { node.append(.integer(Int128(value))) }
    func encode(_ value: Int128) { node.append(.integer(value)) }
    func encode(_ value: UInt) { node.append(.integer(Int128(value))) }
    func encode(_ value: UInt8) { node.append(.integer(Int128(value))) }
    func encode(_ value: UInt16) { node.append(.integer(Int128(value))) }
    func encode(_ value: UInt32) { node.append(.integer(Int128(value))) }
    func encode(_ value: UInt64) { node.append(.integer(Int128(value))) }
    func encode(_ value: UInt128) { node.append(Document(value)) }

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
