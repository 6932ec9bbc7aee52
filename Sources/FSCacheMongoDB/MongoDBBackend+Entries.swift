#if MongoDB
public import FSCache
public import Foundation

extension MongoDBBackend {
    /// The largest entry that is read as a whole, so that an entry of any size can't exhaust the memory.
    private static let wholeByteLimit = 1 << 30

    /// Reads an entry.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The entry, or `nil` if there is none.
    /// - Throws: ``FSCacheError/Code/storeFailed`` when the server can't be asked, when the document is not an entry, and
    ///   when the entry has more than 1 GiB; ``FSCacheError/Code/storeUnavailable`` when the server has failed lately;
    ///   ``FSCacheError/Code/closed``.
    public func read(_ key: CacheKey) async throws -> EncodedEntry? {
        guard let reader = try await open(key) else { return nil }
        if let entry = reader as? EncodedEntry { return entry }
        guard reader.byteCount <= Self.wholeByteLimit else {
            throw FSCacheError(
                .storeFailed,
                "The entry \(key) in \(name) has \(reader.byteCount) bytes, and can only be read in pieces."
            )
        }
        let bytes = try await reader.read(from: 0, upTo: reader.byteCount)
        return EncodedEntry(bytes: bytes, fileExtension: reader.fileExtension)
    }

    /// Writes an entry as one document, or in chunks if it is larger than ``MongoDBSettings/documentByteLimit``.
    ///
    /// - Parameters:
    ///   - entry: The bytes and their format.
    ///   - key: The entry's key.
    /// - Throws: ``FSCacheError/Code/storeFailed`` when the server can't be asked, or refuses the entry;
    ///   ``FSCacheError/Code/storeUnavailable`` when the server has failed lately; ``FSCacheError/Code/closed``.
    public func write(_ entry: EncodedEntry, for key: CacheKey) async throws {
        _ = try await write(entry, for: key, replacing: .anyOrNone)
    }

    /// Opens an entry.
    ///
    /// One that is not in chunks is read at once.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The entry, or `nil` if there is none. After the entry is replaced or removed, it can be read for an
    ///   hour.
    /// - Throws: The same errors as ``read(_:)``.
    public func open(_ key: CacheKey) async throws -> (any EntryReader)? {
        guard let found = try await find(key) else { return nil }
        guard let stored = StoredEntry(found) else {
            throw FSCacheError(
                .storeFailed,
                "The document \(key) in the collection \(entries) of \(name) is not an entry. A new response replaces it."
            )
        }
        guard case .chunks(let chunkByteCount) = stored.content else { return stored.inlineEntry }
        return MongoDBEntryReader(
            fileExtension: stored.fileExtension,
            byteCount: stored.byteCount,
            version: stored.version,
            reader: ChunkReader(stored.version, chunkByteCount: chunkByteCount, self)
        )
    }

    /// Finds the document of a key, which may not be an entry.
    func find(_ key: CacheKey) async throws -> BSONDocument? {
        try await server.run("read the entry \(key)") { [entries] connection in
            try connection.find(in: entries, where: ["_id": .string(key.description)]).first
        }
    }

    /// Starts writing an entry in chunks.
    ///
    /// - Parameters:
    ///   - key: The entry's key.
    ///   - fileExtension: The serializer's file extension.
    ///   - expires: When the response becomes stale.
    /// - Returns: A writer for the entry's bytes. If its process dies, the server removes what it wrote within a day.
    /// - Throws: The same errors as ``write(_:for:)``.
    public func makeWriter(
        for key: CacheKey,
        fileExtension: String,
        expires: Date?
    ) async throws -> any EntryWriter {
        try server.checkOpen()
        return MongoDBEntryWriter(key, fileExtension, expires: expires, self)
    }

    /// Removes an entry, and the one of the key that was set aside.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: Whether there was one.
    /// - Throws: The same errors as ``write(_:for:)``.
    @discardableResult
    public func remove(_ key: CacheKey) async throws -> Bool {
        try await server.run("remove the entry \(key)") { [self] connection in
            var isFound = false
            for identifier in [key.description, key.description + StoredEntry.setAsideMark] {
                if try exchange(identifier, with: nil, connection) { isFound = true }
            }
            return isFound
        }
    }

    /// Removes every entry of this backend's collections.
    ///
    /// Documents that are not entries stay.
    ///
    /// - Throws: The same errors as ``write(_:for:)``.
    public func removeAll() async throws {
        // Entries in chunks are removed one by one, so that readers can go on.
        for try await listing in pages(prefix: "", where: [("chunkSize", ["$exists": true])]) {
            try await remove(listing.key)
        }
        try await server.run("remove the entries") { [entries] connection in
            let pattern = "^[0-9a-f]{64}(\\\(StoredEntry.setAsideMark))?$"
            let filter: CommandValue = [
                "_id": ["$regex": .string(pattern)], "version": ["$exists": true], "chunkSize": ["$exists": false],
            ]
            try connection.delete(from: entries, where: filter)
        }
    }
}

extension MongoDBBackend {
    /// Writes an entry if the key has an expected one.
    ///
    /// - Returns: Whether it was written.
    func write(_ entry: EncodedEntry, for key: CacheKey, replacing previous: StoredEntry.Previous) async throws -> Bool
    {
        guard entry.bytes.count > settings.documentByteLimit else {
            return try await store(entry, for: key, replacing: previous)
        }
        let writer = MongoDBEntryWriter(key, entry.fileExtension, expires: entry.expires, self)
        try await writer.append(entry.bytes)
        return try await writer.commit(replacing: previous)
    }

    /// Writes an entry as one document.
    func store(_ entry: EncodedEntry, for key: CacheKey, replacing previous: StoredEntry.Previous) async throws -> Bool
    {
        let stored = StoredEntry(
            fileExtension: entry.fileExtension,
            byteCount: entry.bytes.count,
            modifiedAt: now(),
            content: StoredEntry.content(of: entry.bytes, entry.fileExtension),
            expires: entry.expires,
            removeAt: removalTime(entry.expires)
        )
        return try await store(stored, for: key, replacing: previous)
    }

    /// When the server removes an entry.
    func removalTime(_ expires: Date?) -> Date? {
        guard let expires, let offset = settings.expiryOffset else { return nil }
        return expires.addingTimeInterval(offset / .seconds(1))
    }

    /// Writes the document of an entry, and releases the chunks of the previous one.
    func store(_ entry: StoredEntry, for key: CacheKey, replacing previous: StoredEntry.Previous) async throws -> Bool {
        try await server.run("store the entry \(key)") { [self] connection in
            try createExpiryIndex(on: entries, connection)
            let identifier = key.description
            let document = entry.document(identifier)
            switch previous {
            case .anyOrNone:
                try exchange(identifier, with: document, connection)
                return true
            case .none:
                return try connection.insert(document, into: entries)
            case .stored(let old):
                let filter: CommandValue = ["_id": .string(identifier), "version": .string(old.version)]
                guard try connection.replace(in: entries, where: filter, with: document) else { return false }
                try chunks.release(old, at: now(), connection)
                return true
            }
        }
    }

    /// Replaces, inserts or removes the document of an entry, and releases the chunks of the previous one.
    ///
    /// It changes only the version that it has seen, so that the chunks of each version are released by the one that
    /// replaces it. `findAndModify` would need one command less, but some servers with MongoDB's protocol return another
    /// document than the one that they replace if there are several writers.
    ///
    /// - Returns: Whether there was a document.
    @discardableResult
    func exchange(
        _ identifier: String,
        with document: CommandValue?,
        _ connection: MongoDBConnection
    ) throws(DriverError) -> Bool {
        for _ in 0..<100 {
            let filter: CommandValue = ["_id": .string(identifier)]
            let found = try connection.find(in: entries, where: filter, fields: StoredEntry.heading).first
            guard let found else {
                guard let document else { return false }
                if try connection.insert(document, into: entries) { return false }
                continue
            }
            let version: CommandValue = found[string: "version"].map { .string($0) } ?? ["$exists": false]
            let unchanged: CommandValue = ["_id": .string(identifier), "version": version]
            let isChanged =
                if let document {
                    try connection.replace(in: entries, where: unchanged, with: document)
                } else {
                    try connection.delete(from: entries, where: unchanged)
                }
            guard isChanged else { continue }
            if found["chunkSize"] != nil, let version = found[string: "version"] {
                try chunks.release(version, at: now(), connection)
            }
            return true
        }
        throw DriverError(serverCode: 0, message: "other writers change \(identifier) all the time")
    }
}
#endif
