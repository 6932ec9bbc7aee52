public import Foundation

/// A serializer for a format that can hold a ``Document``.
///
/// Implement two functions; `Codable` support comes for free.
public protocol DocumentSerializer: Serializer {
    /// Writes a document in this format.
    ///
    /// - Parameter document: The tree to write.
    /// - Returns: The bytes. Equal documents give equal bytes.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/unrepresentable`` if the format can't write a
    ///   value exactly.
    func bytes(of document: Document) throws -> Data

    /// Reads a document in this format.
    ///
    /// - Parameter data: The bytes, which are untrusted.
    /// - Returns: The tree that the bytes describe.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/malformed`` or
    ///   ``SerializationError/Code/limitExceeded``, and the position at which reading stopped.
    func document(from data: Data) throws -> Document

    /// Finds the position of a value in the bytes, for an error. It is called only after decoding has failed.
    ///
    /// - Parameters:
    ///   - path: Member names and array indices that lead from the root to the value.
    ///   - data: Bytes that ``document(from:)`` has accepted.
    /// - Returns: The position, or `nil` if the value does not exist.
    func position(of path: [Document.PathElement], in data: Data) -> SerializationError.Position?
}

extension DocumentSerializer {
    /// Encodes a value through a document.
    ///
    /// - Parameter value: The value to encode.
    /// - Returns: The encoded bytes.
    /// - Throws: The errors of ``bytes(of:)``, and ``SerializationError`` with ``SerializationError/Code/unrepresentable`` for
    ///   errors of the value's `encode(to:)`.
    public func encode(_ value: some Encodable) throws -> Data {
        try bytes(of: DocumentEncoder().encode(value))
    }

    /// Decodes a value through a document.
    ///
    /// - Parameters:
    ///   - type: The type to decode.
    ///   - data: The bytes, which are untrusted.
    /// - Returns: The decoded value.
    /// - Throws: The errors of ``document(from:)``, and ``SerializationError`` with ``SerializationError/Code/mismatch``, the path
    ///   and the position when the bytes don't describe a `Value`.
    public func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        try decode(type, of: document(from: data), readFrom: data)
    }

    /// Makes a value from a document, and finds the position in the bytes if that fails.
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
