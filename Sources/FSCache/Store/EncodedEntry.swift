public import Foundation

/// The bytes of an entry and the format that they are in.
public struct EncodedEntry: Sendable, Hashable {
    /// The bytes as the serializer wrote them.
    public var bytes: Data
    /// The serializer's file extension, such as `cbor` or `json.gz`.
    public var fileExtension: String

    /// Makes an encoded entry.
    ///
    /// - Parameters:
    ///   - bytes: The bytes as the serializer wrote them.
    ///   - fileExtension: The serializer's file extension.
    public init(bytes: Data, fileExtension: String) {
        self.bytes = bytes
        self.fileExtension = fileExtension
    }
}
