import Foundation

extension Document: Codable {
    /// Decodes a tree.
    ///
    /// The built-in formats pass on their tree unchanged. Other decoders are asked for each kind of value.
    ///
    /// - Parameter decoder: The decoder to read from.
    /// - Throws: The errors of the decoder.
    public init(from decoder: any Decoder) throws {
        if let node = decoder as? DecodingNode {
            self = node.document
        } else if let container = try? decoder.container(keyedBy: DocumentKey.self) {
            self = .map(
                try container.allKeys.map {
                    Member($0.stringValue, try container.decode(Document.self, forKey: $0))
                }
            )
        } else if var container = try? decoder.unkeyedContainer() {
            var elements: [Document] = []
            while !container.isAtEnd { elements.append(try container.decode(Document.self)) }
            self = .array(elements)
        } else {
            self = try Document(scalar: decoder.singleValueContainer())
        }
    }

    private init(scalar container: any SingleValueDecodingContainer) throws {
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(Int128(value))
        } else if let value = try? container.decode(UInt64.self) {
            self = .integer(Int128(value))
        } else if let value = try? container.decode(Double.self) {
            self = .float(value)
        } else if let value = try? container.decode(Date.self) {
            self = .date(value)
        } else {
            self = .string(try container.decode(String.self))
        }
    }

    /// Encodes the tree, which the built-in formats use unchanged.
    ///
    /// - Parameter encoder: The encoder to write to.
    /// - Throws: The errors of the encoder.
    public func encode(to encoder: any Encoder) throws {
        if let node = encoder as? EncodingNode { return node.set(self) }
        switch self {
        case .array(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(element) }
        case .map(let members):
            var container = encoder.container(keyedBy: DocumentKey.self)
            for member in members { try container.encode(member.value, forKey: DocumentKey(.member(member.name))) }
        case .json(let text):
            try text.document().encode(to: encoder)
        default:
            try encode(toScalar: encoder.singleValueContainer())
        }
    }

    private func encode(toScalar container: consuming any SingleValueEncodingContainer) throws {
        switch self {
        case .bool(let value): try container.encode(value)
        case .integer(let value):
            if let value = Int64(exactly: value) {
                try container.encode(value)
            } else if let value = UInt64(exactly: value) {
                try container.encode(value)
            } else {
                try container.encode(value)
            }
        case .float(let value): try container.encode(value)
        case .number(let spelling):
            if let value = Decimal(leaf: self) {
                try container.encode(value)
            } else {
                try container.encode(spelling)
            }
        case .string(let value): try container.encode(value)
        case .bytes(let value): try container.encode(value)
        case .date(let value): try container.encode(value)
        case .null, .array, .map, .json: try container.encodeNil()
        }
    }
}
