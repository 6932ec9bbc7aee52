public import Foundation

/// A serializer whose format holds a ``Document``: two functions make a format, `Codable` comes with them.
public protocol DocumentSerializer: Serializer {
    /// Writes a document in this format.
    ///
    /// - Parameter document: The tree to write.
    /// - Returns: The bytes. Equal documents give equal bytes.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/unrepresentable`` when the format has no way to
    ///   write a value exactly.
    func bytes(of document: Document) throws -> Data

    /// Reads a document in this format.
    ///
    /// - Parameter data: Bytes from anywhere: they are not trusted.
    /// - Returns: The tree that the bytes describe.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/malformed`` or
    ///   ``SerializationError/Code/limitExceeded``, and the position at which reading stopped.
    func document(from data: Data) throws -> Document

    /// Finds where a value stands in the bytes, to say so in an error. Called only after decoding has failed.
    ///
    /// - Parameters:
    ///   - path: Member names and array indices that lead from the root to the value.
    ///   - data: Bytes that ``document(from:)`` has accepted.
    /// - Returns: The position, or `nil` when there is no such value.
    func position(of path: [Document.PathElement], in data: Data) -> SerializationError.Position?
}
