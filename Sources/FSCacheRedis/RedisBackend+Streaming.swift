#if Redis
public import FSCache
public import Foundation

extension RedisBackend {
    /// Opens an entry for reading.
    ///
    /// The bytes of a replaced or removed entry stay for a minute after each piece that is read.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The entry, or `nil` if there is none.
    /// - Throws: ``/FSCache/FSCacheError`` with `storeFailed`, `storeUnavailable` or `closed`.
    public func open(_ key: CacheKey) async throws -> (any EntryReader)? {
        try await find(key)
    }

    /// Starts writing an entry.
    ///
    /// What has been written of an entry stays for ten minutes after the last piece if the process ends.
    ///
    /// - Parameters:
    ///   - key: The entry's key.
    ///   - fileExtension: The serializer's file extension.
    ///   - expires: When the response becomes stale; `nil` if never.
    /// - Returns: A writer for the entry's bytes. Its methods throw the same errors as ``write(_:for:)``.
    /// - Throws: ``/FSCache/FSCacheError`` with `closed`.
    public func makeWriter(
        for key: CacheKey,
        fileExtension: String,
        expires: Date?
    ) async throws -> any EntryWriter {
        try servers.checkOpen()
        return RedisEntryWriter(self, keys(key), fileExtension, expires)
    }
}
#endif
