#if Redis
public import FSCache
internal import Foundation

extension RedisBackend {
    /// Sets an entry aside if the key still holds it.
    ///
    /// The server keeps it as long as it would have kept the entry.
    ///
    /// - Parameters:
    ///   - entry: The entry that could not be decoded.
    ///   - key: The entry's key.
    /// - Throws: ``/FSCache/FSCacheError`` with `storeFailed`, `storeUnavailable` or `closed`.
    public func setAside(_ entry: any EntryReader, for key: CacheKey) async throws {
        guard let id = try await id(of: entry, key) else { return }
        _ = try await run(.setAside, ifUnchanged: id, key)
    }

    /// Replaces or removes an entry, unless it has changed.
    ///
    /// - Parameters:
    ///   - old: The entry as it was read or opened; `nil` if there was none.
    ///   - new: The new entry; `nil` to remove the old one. An entry that was set aside stays.
    ///   - key: The entry's key.
    /// - Returns: Whether the key still had the old entry, and now has the new one.
    /// - Throws: The same errors as ``write(_:for:)``.
    public func replace(_ old: (any EntryReader)?, with new: EncodedEntry?, for key: CacheKey) async throws -> Bool {
        var previous = RedisEntryWriter.Previous.none
        if let old {
            guard let id = try await id(of: old, key) else { return false }
            guard new != nil else { return try await run(.removeUnchanged, ifUnchanged: id, key) }
            previous = .id(id)
        }
        guard let new else { return try await find(key) == nil }
        try servers.checkOpen()
        let writer = RedisEntryWriter(self, keys(key), new.fileExtension, new.expires)
        try await writer.append(new.bytes)
        return try await writer.commit(replacing: previous)
    }

    /// The id of the write that stored an entry; `nil` if the key holds another one.
    ///
    /// The server then compares the ids, because the entry may be replaced after it was compared here.
    private func id(of entry: any EntryReader, _ key: CacheKey) async throws -> String? {
        if let opened = entry as? RedisEntryReader { return opened.id }
        guard let entry = entry as? EncodedEntry, let reader = try await find(key),
            reader.fileExtension == entry.fileExtension,
            reader.byteCount == entry.bytes.count, try await reader.readAll() == entry.bytes
        else { return nil }
        return reader.id
    }

    /// Runs a script that changes an entry if it has not been replaced.
    ///
    /// - Returns: Whether it was changed.
    private func run(_ script: RedisScript, ifUnchanged id: String, _ key: CacheKey) async throws -> Bool {
        let keys = keys(key)
        var commands = RedisCommands()
        commands.append(
            script.command(
                keys: [keys.entry, keys.aside, keys.index],
                .text(keys.digits),
                .text(id),
                .init(RedisScript.bodyGrace),
                .text(keys.bodyPrefix)
            )
        )
        return try await ask(commands, keys).first?.number == 1
    }
}
#endif
