public import Foundation

/// What a backend tells about an entry without reading it.
public struct EntryListing: Sendable, Hashable {
    /// The entry's key.
    public var key: CacheKey
    /// The file extension of the serializer that wrote it.
    public var fileExtension: String
    /// Its size in bytes.
    public var byteCount: Int
    /// When it was last written.
    public var modifiedAt: Date
    /// Whether it was set aside because it could not be decoded.
    public var isSetAside: Bool
    /// The file that holds it, in backends that have files.
    public var path: String?

    /// Makes a listing.
    ///
    /// - Parameters:
    ///   - key: The entry's key.
    ///   - fileExtension: The file extension of the serializer that wrote it.
    ///   - byteCount: Its size in bytes.
    ///   - modifiedAt: When it was last written.
    ///   - isSetAside: Whether it was set aside because it could not be decoded.
    ///   - path: The file that holds it.
    public init(
        key: CacheKey,
        fileExtension: String,
        byteCount: Int,
        modifiedAt: Date,
        isSetAside: Bool = false,
        path: String? = nil
    ) {
        self.key = key
        self.fileExtension = fileExtension
        self.byteCount = byteCount
        self.modifiedAt = modifiedAt
        self.isSetAside = isSetAside
        self.path = path
    }
}
