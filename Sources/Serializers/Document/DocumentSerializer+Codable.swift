public import Foundation

extension DocumentSerializer {
    /// Encodes a value by way of a document.
    ///
    /// - Parameter value: What to encode.
    /// - Returns: The encoded bytes.
    /// - Throws: ``SerializationError``: what ``bytes(of:)`` throws, and ``SerializationError/Code/unrepresentable`` for whatever the
    ///   value's `encode(to:)` throws.
    public func encode(_ value: some Encodable) throws -> Data {
        try bytes(of: DocumentEncoder().encode(value))
    }

    /// Decodes a value by way of a document.
    ///
    /// - Parameters:
    ///   - type: The type to decode.
    ///   - data: Bytes from anywhere: they are not trusted.
    /// - Returns: The decoded value.
    /// - Throws: ``SerializationError``: what ``document(from:)`` throws, and ``SerializationError/Code/mismatch`` with the path and
    ///   the position when the bytes don't describe a `Value`.
    public func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        try decode(type, of: document(from: data), readFrom: data)
    }

    /// Makes a value of a document, and finds the place in the bytes when that fails.
    func decode<Value: Decodable>(
        _ type: Value.Type,
        of document: Document,
        readFrom data: Data
    ) throws(SerializationError) -> Value {
        do {
            return try DocumentDecoder().decode(type, from: document)
        } catch {
            var located = error
            located.position = located.position ?? position(of: located.path, in: data)
            throw located
        }
    }
}
