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

    /// Sets an entry aside if the key still holds it.
    ///
    /// The server keeps it as long as it would have kept the entry.
    ///
    /// - Parameters:
    ///   - entry: The entry that could not be decoded.
    ///   - key: The entry's key.
    /// - Throws: ``/FSCache/FSCacheError`` with `storeFailed`, `storeUnavailable` or `closed`.
    public func setAside(_ entry: EncodedEntry, for key: CacheKey) async throws {
        guard let reader = try await find(key), reader.fileExtension == entry.fileExtension,
            reader.byteCount == entry.bytes.count, try await reader.readAll() == entry.bytes
        else { return }
        let keys = keys(key)
        // The server compares the id again, because the entry may have been replaced since it was read.
        let command = RedisScript.setAside.command(
            keys: [keys.entry, keys.aside, keys.index],
            .text(keys.digits),
            .text(reader.id),
            .init(RedisScript.bodyGrace),
            .text(keys.bodyPrefix)
        )
        var commands = RedisCommands()
        commands.append(command)
        _ = try await ask(commands, keys)
    }

    /// Finds an entry, with its first bytes.
    func find(_ key: CacheKey) async throws -> RedisEntryReader? {
        let keys = keys(key)
        var commands = RedisCommands("HMGET", .text(keys.entry), "id", "extension", "size", "bytes")
        // An entry that isn't in the index would be overlooked when its URL is invalidated, so it doesn't count. A
        // server that evicts keys may have evicted the index.
        commands.append("SISMEMBER", .text(keys.index), .text(keys.digits))
        let replies = try await ask(commands, keys)
        guard replies.count == 2, replies[1].number == 1, let fields = replies[0].elements, fields.count == 4,
            let id = fields[0].text
        else { return nil }
        guard let fileExtension = fields[1].text, let byteCount = fields[2].number, let first = fields[3].data,
            let layout = RedisBody.Layout(byteCount: byteCount, firstCount: first.count)
        else { throw FSCacheError(.storeFailed, "Redis has a damaged entry at \(keys.entry). Remove it.") }
        let body = RedisBody(id: id, keys: keys, servers: servers)
        if layout.partCount > 0 { try await body.require(layout.partCount) }
        return RedisEntryReader(body, fileExtension, byteCount: byteCount, first: first)
    }
}
#endif
