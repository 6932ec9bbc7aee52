public import Foundation

/// Stores values as CBOR (RFC 8949), which is compact, fast, and readable by CBOR tools in any language.
///
/// The encoding is deterministic (§4.2.1), except that members keep their order. Dates have tag 1, or tag 0 if seconds
/// since 1970 would round them. Numbers by their decimal spelling are bignums or decimal fractions (§3.4.3, §3.4.4).
///
/// All well-formed CBOR can be read: undefined and unassigned simple values become null, integer map keys become their
/// decimal spelling, UUIDs (tag 37) become strings, and unknown tags are ignored. Map keys other than text and integers
/// are rejected.
public struct NativeSerializer: DocumentSerializer {
    /// `native`.
    public let name = "native"
    /// `cbor`.
    public let fileExtension = "cbor"
    /// `false`.
    public let isHumanReadable = false

    /// Makes the serializer.
    public init() {}

    /// Writes a document as CBOR.
    ///
    /// - Parameter document: The tree to write.
    /// - Returns: The CBOR: one item.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/unrepresentable`` for decimal numbers with more
    ///   than 2466 digits or exponents beyond 64 bits, and for dates beyond the year 9999 that tag 1 would round.
    public func bytes(of document: Document) throws -> Data {
        try NativeWriter.bytes(of: document)
    }

    /// Reads CBOR.
    ///
    /// - Parameter data: The CBOR: one item.
    /// - Returns: The tree.
    /// - Throws: ``SerializationError`` with the offset at which reading stopped.
    public func document(from data: Data) throws -> Document {
        try NativeReader.document(from: data)
    }

    /// Finds the position of an item.
    ///
    /// - Parameters:
    ///   - path: Member names and array indices that lead to the item.
    ///   - data: CBOR that ``document(from:)`` has accepted.
    /// - Returns: Its offset, or `nil` if the item does not exist.
    public func position(of path: [Document.PathElement], in data: Data) -> SerializationError.Position? {
        var reader = CBORReader()
        guard (try? reader.seek(path, in: data.span)) == true else { return nil }
        return SerializationError.Position(offset: reader.offset)
    }
}

extension NativeSerializer: ViewingSerializer {}
