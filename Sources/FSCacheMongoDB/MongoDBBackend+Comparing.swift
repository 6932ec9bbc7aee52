#if MongoDB
public import FSCache
internal import Foundation

extension MongoDBBackend {
    /// Gives an entry's document the `_id` of the key with `.aside` at its end, where it can be inspected.
    ///
    /// - Parameters:
    ///   - entry: The entry that could not be decoded. If the key no longer holds it, nothing happens.
    ///   - key: The entry's key.
    /// - Throws: The same errors as ``write(_:for:)``.
    public func setAside(_ entry: any EntryReader, for key: CacheKey) async throws {
        guard let stored = try await document(of: entry, key) else { return }
        try await server.run("set aside the entry \(key)") { [self] connection in
            // If the process dies after this, the entry is lost, but it is of no use.
            guard try remove(stored, key, connection) else { return }
            let identifier = key.description + StoredEntry.setAsideMark
            try exchange(identifier, with: stored.document(identifier), connection)
        }
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
        guard let old else {
            guard let new else { return try await find(key) == nil }
            return try await write(new, for: key, replacing: .none)
        }
        guard let stored = try await document(of: old, key) else { return false }
        if let new { return try await write(new, for: key, replacing: .stored(stored)) }
        return try await server.run("remove the entry \(key)") { [self] connection in
            guard try remove(stored, key, connection) else { return false }
            try chunks.release(stored, at: now(), connection)
            return true
        }
    }

    /// The document of an entry, if the key still holds it.
    ///
    /// The server then compares the versions, because the entry may be replaced after it was compared here.
    private func document(of entry: any EntryReader, _ key: CacheKey) async throws -> StoredEntry? {
        guard let stored = try await find(key).flatMap({ StoredEntry($0) }),
            stored.fileExtension == entry.fileExtension
        else { return nil }
        if let opened = entry as? MongoDBEntryReader { return opened.version == stored.version ? stored : nil }
        guard let entry = entry as? EncodedEntry else { return nil }
        guard case .chunks(let chunkByteCount) = stored.content else {
            return stored.inlineEntry == entry ? stored : nil
        }
        guard stored.byteCount == entry.bytes.count else { return nil }
        let reader = ChunkReader(stored.version, chunkByteCount: chunkByteCount, self)
        return try await reader.read(0..<stored.byteCount) == entry.bytes ? stored : nil
    }

    /// Removes the document of an entry, if it still is this one.
    private func remove(
        _ entry: StoredEntry,
        _ key: CacheKey,
        _ connection: MongoDBConnection
    ) throws(DriverError) -> Bool {
        try connection.delete(
            from: entries,
            where: ["_id": .string(key.description), "version": .string(entry.version)]
        )
    }
}
#endif
