public import Foundation

/// A store of entries: bytes under keys.
///
/// A backend knows neither HTTP nor the meaning of the bytes. Many tasks use it concurrently. Each key has one entry:
/// a write replaces it, even if the previous one had another file extension. A read returns a complete entry or none.
///
/// These five requirements are all that a cache needs. Conform to ``ImmediateBackend``, ``StreamingBackend``,
/// ``QuarantiningBackend``, ``ComparingBackend``, ``LeasingBackend``, ``ExpiringBackend``, ``BoundedBackend``,
/// ``SweepingBackend``, ``ScanningBackend``, ``CountingBackend`` or ``ClearableBackend`` as well if your store can do more.
/// The cache checks for them once, when it is made.
public protocol CacheBackend: Sendable {
    /// Reads an entry.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The entry, or `nil` if there is none.
    /// - Throws: When the store can't be read. The session logs it and treats it as a miss.
    func read(_ key: CacheKey) async throws -> EncodedEntry?

    /// Writes an entry and replaces the previous one with its key.
    ///
    /// An entry that is larger than the backend's limit is not stored, and the previous one is removed.
    ///
    /// - Parameters:
    ///   - entry: The bytes and their format.
    ///   - key: The entry's key.
    /// - Throws: When the entry can't be stored. The previous one is then still there.
    func write(_ entry: EncodedEntry, for key: CacheKey) async throws

    /// Removes an entry, including one that was set aside.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: Whether there was one.
    /// - Throws: When it can't be removed.
    @discardableResult
    func remove(_ key: CacheKey) async throws -> Bool

    /// Lists entries in no particular order, including those that were set aside.
    ///
    /// Entries that are written or removed during the listing may be left out.
    ///
    /// - Parameter prefix: The first hexadecimal digits of the keys to list, in lower case. Empty for all keys.
    /// - Returns: The entries, listed on demand.
    func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error>

    /// Closes the backend and frees its resources. The session that owns it calls this once. Later calls to the backend
    /// throw ``FSCacheError/Code/closed``.
    func close() async
}

/// The bytes of an entry and their format.
public struct EncodedEntry: Sendable, Hashable {
    /// The bytes that the serializer wrote.
    public var bytes: Data
    /// The serializer's file extension, such as `cbor` or `json.gz`.
    public var fileExtension: String
    /// When the response becomes stale; `nil` if never, or if that is not known.
    ///
    /// This is a hint for stores that remove old entries by themselves. It is not part of the entry: backends need not
    /// return it, and it has no effect on equality.
    public var expires: Date?

    /// Makes an encoded entry.
    ///
    /// - Parameters:
    ///   - bytes: The bytes that the serializer wrote.
    ///   - fileExtension: The serializer's file extension.
    ///   - expires: When the response becomes stale. Default: `nil`.
    public init(bytes: Data, fileExtension: String, expires: Date? = nil) {
        self.bytes = bytes
        self.fileExtension = fileExtension
        self.expires = expires
    }

    /// Compares the bytes and the file extensions.
    public static func == (left: EncodedEntry, right: EncodedEntry) -> Bool {
        left.fileExtension == right.fileExtension && left.bytes == right.bytes
    }

    /// Hashes the bytes and the file extension.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(bytes)
        hasher.combine(fileExtension)
    }
}

extension EncodedEntry {
    /// The largest entry that is read as a whole, so that a file of any size can't exhaust the memory.
    package static let wholeByteLimit = 1 << 30
}

extension EncodedEntry: EntryReader {
    /// The number of bytes.
    public var byteCount: Int { bytes.count }

    /// Copies some of the bytes.
    ///
    /// - Parameters:
    ///   - offset: The position of the first byte.
    ///   - count: The largest number of bytes to copy.
    /// - Returns: The bytes.
    public func read(from offset: Int, upTo count: Int) async -> Data {
        Data(bytes.dropFirst(offset).prefix(count))
    }
}

/// An entry as a backend lists it, without its bytes.
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
    /// The path of its file, in backends that have files.
    public var path: String?
    /// The space that its file takes on the disk, in bytes, in backends that have files.
    public var diskByteCount: Int?

    /// Makes a listing.
    ///
    /// - Parameters:
    ///   - key: The entry's key.
    ///   - fileExtension: The file extension of the serializer that wrote it.
    ///   - byteCount: Its size in bytes.
    ///   - modifiedAt: When it was last written.
    ///   - isSetAside: Whether it was set aside because it could not be decoded.
    ///   - path: The path of its file, in backends that have files.
    ///   - diskByteCount: The space that its file takes on the disk, in bytes.
    public init(
        key: CacheKey,
        fileExtension: String,
        byteCount: Int,
        modifiedAt: Date,
        isSetAside: Bool = false,
        path: String? = nil,
        diskByteCount: Int? = nil
    ) {
        self.key = key
        self.fileExtension = fileExtension
        self.byteCount = byteCount
        self.modifiedAt = modifiedAt
        self.isSetAside = isSetAside
        self.path = path
        self.diskByteCount = diskByteCount
    }

    /// Makes the listing of an entry.
    ///
    /// - Parameters:
    ///   - entry: The entry.
    ///   - key: The entry's key.
    ///   - modifiedAt: When it was last written.
    ///   - isSetAside: Whether it was set aside because it could not be decoded.
    public init(_ entry: EncodedEntry, for key: CacheKey, modifiedAt: Date, isSetAside: Bool = false) {
        self.init(
            key: key,
            fileExtension: entry.fileExtension,
            byteCount: entry.bytes.count,
            modifiedAt: modifiedAt,
            isSetAside: isSetAside
        )
    }
}
