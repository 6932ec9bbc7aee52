/// Where entries are kept: bytes under keys.
///
/// It knows neither HTTP nor what the bytes mean.
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
    /// An entry that alone is larger than the backend's limit is passed over: nothing is stored under the key then.
    ///
    /// - Parameters:
    ///   - entry: The bytes and their format.
    ///   - key: The entry's key.
    /// - Throws: When the entry can't be stored. What was stored before is then still there.
    func write(_ entry: EncodedEntry, for key: CacheKey) async throws

    /// Opens an entry that is to be read piece by piece.
    ///
    /// What is read is the entry as it is now, even if it is replaced or removed meanwhile.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The entry, or `nil` when there is none.
    /// - Throws: When the store can't be read.
    func open(_ key: CacheKey) async throws -> (any EntryReader)?

    /// Begins an entry that is to be written piece by piece.
    ///
    /// - Parameters:
    ///   - key: The entry's key.
    ///   - fileExtension: The serializer's file extension.
    /// - Returns: What takes the bytes.
    /// - Throws: When the store can't be written.
    func makeWriter(for key: CacheKey, fileExtension: String) async throws -> any EntryWriter

    /// Removes an entry, one that was set aside included.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: Whether there was one.
    /// - Throws: When it can't be removed.
    @discardableResult
    func remove(_ key: CacheKey) async throws -> Bool

    /// Removes every entry, those set aside included, and nothing that isn't the cache's own.
    ///
    /// - Throws: When an entry can't be removed.
    func removeAll() async throws

    /// Puts an entry that can't be decoded where reads no longer find it, and keeps its bytes for inspection.
    ///
    /// Nothing happens when the key no longer holds this very entry: somebody else may have replaced it with a good
    /// one. One entry of a key is kept aside, the last one; writing a new entry under the key leaves it there.
    ///
    /// - Parameters:
    ///   - entry: What was read and could not be decoded.
    ///   - key: The entry's key.
    /// - Throws: When it can't be moved.
    func setAside(_ entry: EncodedEntry, for key: CacheKey) async throws

    /// Lists entries, those set aside included, in no particular order.
    ///
    /// Entries that come or go meanwhile may or may not be listed.
    ///
    /// - Parameter prefix: Lists only keys whose hexadecimal digits begin so, in lower case; empty for all.
    /// - Returns: What is stored, read as it is asked for.
    func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error>

    /// Frees what the backend holds. Called once, by the session that owns it; reads and writes that come later throw
    /// ``FSCacheError/Code/closed``.
    func close() async
}

extension CacheBackend {
    /// Reads the whole entry and hands it out in pieces.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The entry, or `nil` when there is none.
    /// - Throws: What ``read(_:)`` throws.
    public func open(_ key: CacheKey) async throws -> (any EntryReader)? {
        try await read(key)
    }

    /// Gathers the entry in memory, and writes it when it is whole.
    ///
    /// - Parameters:
    ///   - key: The entry's key.
    ///   - fileExtension: The serializer's file extension.
    /// - Returns: What takes the bytes.
    /// - Throws: Nothing; the writer throws when the store can't be written.
    public func makeWriter(for key: CacheKey, fileExtension: String) async throws -> any EntryWriter {
        GatheringEntryWriter(self, key, fileExtension)
    }

    /// Removes every entry that is listed, one by one.
    ///
    /// - Throws: When an entry can't be listed or removed.
    public func removeAll() async throws {
        for try await listing in list(prefix: "") {
            try await remove(listing.key)
        }
    }
}
