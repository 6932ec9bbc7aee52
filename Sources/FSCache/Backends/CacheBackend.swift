public import Foundation

/// Where entries are kept: bytes under keys. It knows neither HTTP nor what the bytes mean.
///
/// A backend is safe to use from many tasks at once. A reader sees the whole of what one writer wrote, or nothing.
/// One key holds one entry: writing replaces it, whatever file extension the entry before had.
public protocol CacheBackend: Sendable {
    /// Reads an entry.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The entry, or `nil` when there is none.
    /// - Throws: When the store can't be read. The session counts that as a miss and logs it.
    func read(_ key: CacheKey) async throws -> EncodedEntry?

    /// Writes an entry, in place of what is stored under the key.
    ///
    /// - Parameters:
    ///   - entry: The bytes and their format.
    ///   - key: The entry's key.
    /// - Throws: When the entry can't be stored. What was stored before is then still there.
    func write(_ entry: EncodedEntry, for key: CacheKey) async throws

    /// Removes an entry, one that was set aside included.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: Whether there was one.
    /// - Throws: When it can't be removed.
    @discardableResult
    func remove(_ key: CacheKey) async throws -> Bool

    /// Puts an entry that can't be decoded where reads no longer find it, and keeps its bytes for inspection.
    ///
    /// - Parameter key: The entry's key.
    /// - Throws: When it can't be moved.
    func setAside(_ key: CacheKey) async throws

    /// Lists entries, those set aside included, in no particular order.
    ///
    /// Entries that come or go meanwhile may or may not be listed.
    ///
    /// - Parameter prefix: Lists only keys whose hexadecimal digits begin so; empty for all.
    /// - Returns: What is stored, read as it is asked for.
    func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error>

    /// Frees what the backend holds. Called once, by the session that owns it; reads and writes that come later throw
    /// ``FSCacheError/Code/closed``.
    func close() async
}

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
