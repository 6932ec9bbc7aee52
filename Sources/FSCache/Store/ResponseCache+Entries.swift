internal import Foundation
internal import Logging
internal import Serializers

// MARK: - Reading

extension ResponseCache {
    /// Entries up to this size are read at once, because pieces would be no smaller.
    static let smallByteCount = 256 << 10

    /// Reads a stored response, from memory if its entry has not changed.
    ///
    /// If the backend can, it reads small entries without suspending. An entry that can't be read or decoded is a miss: it
    /// is logged, counted and set aside.
    ///
    /// - Parameters:
    ///   - key: The entry's key.
    ///   - limit: The body of a larger entry may stay in the store, to be read in pieces.
    /// - Returns: The response, or `nil` if there is none.
    func read(_ key: CacheKey, leavingBodiesOver limit: Int = .max) async -> StoredResponse? {
        do {
            guard let backend = capabilities.immediate else {
                return try await readLater(key, leavingBodiesOver: limit)
            }
            if let response = memoryTier.response(for: key, in: backend) { return response }
            // Take the time before the read, because the thread may be delayed between the read and the check.
            let readAt = memoryTier.isEnabled ? Date() : .distantPast
            switch try backend.readNow(key) {
            case .missing: return nil
            case .later: return try await readLater(key, leavingBodiesOver: limit)
            case .entry(let entry, let identity):
                let response: StoredResponse
                do {
                    response = try decode(entry, for: key)
                } catch {
                    try await setAside(entry, for: key, because: error)
                    return nil
                }
                memoryTier.remember(response, for: key, from: identity, readAt: readAt)
                return response
            }
        } catch {
            record { $0.readFailures += 1 }
            warn("miss: the store can't be read", key, error)
            return nil
        }
    }

    private func readLater(_ key: CacheKey, leavingBodiesOver limit: Int) async throws -> StoredResponse? {
        guard let entry = try await open(key, leavingBodiesOver: limit) else { return nil }
        do {
            return try response(of: entry, for: key)
        } catch {
            try await setAside(entry.source, for: key, because: error)
            return nil
        }
    }

    /// What has been read of an entry.
    enum OpenedEntry {
        case whole(EncodedEntry)
        /// A response whose body stays in the store.
        case head(StoredResponse, any EntryReader)

        /// The entry as the backend has returned it.
        var source: any EntryReader {
            switch self {
            case .whole(let entry): entry
            case .head(_, let reader): reader
            }
        }
    }

    /// The response of an entry.
    func response(of entry: OpenedEntry, for key: CacheKey) throws -> StoredResponse {
        switch entry {
        case .whole(let entry): try decode(entry, for: key)
        case .head(let response, _): response
        }
    }

    /// Reads an entry, or only its head if it is larger than a limit and in the native format.
    func open(_ key: CacheKey, leavingBodiesOver limit: Int) async throws -> OpenedEntry? {
        guard limit < .max, let streaming = capabilities.streaming else {
            return try await backend.read(key).map(OpenedEntry.whole)
        }
        guard let reader = try await streaming.open(key) else { return nil }
        if reader.byteCount > limit, let response = await responseLeavingBody(in: reader, for: key) {
            return .head(response, reader)
        }
        guard reader.byteCount <= EncodedEntry.wholeByteLimit else { throw SystemError.tooLarge }
        let bytes = try await reader.read(from: 0, upTo: reader.byteCount)
        return .whole(EncodedEntry(bytes: bytes, fileExtension: reader.fileExtension))
    }

    /// The response of an entry, whose body stays in the store; `nil` if the entry must be read as a whole.
    private func responseLeavingBody(in reader: any EntryReader, for key: CacheKey) async -> StoredResponse? {
        guard let format = try? format(forFileExtension: reader.fileExtension), format.streamsBodies,
            let entry = try? await NativeEntryReader(reader, for: key)
        else { return nil }
        var response = entry.response
        let content = NativeEntryContent(entry) {
            do {
                try await self.setAside(
                    reader,
                    for: key,
                    because: EntryError.damaged("the checksum of its body differs")
                )
                if self.capabilities.quarantining == nil, !self.settings.isReadOnly {
                    // Its head is good, so it would fail again.
                    _ = try await self.capabilities.replace(reader, with: nil, for: key)
                }
            } catch {
                self.warn("not set aside", key, error)
            }
        }
        response.content = MessageBody(content)
        return response
    }

    private func setAside(_ entry: any EntryReader, for key: CacheKey, because error: any Error) async throws {
        record { $0.undecodableEntries += 1 }
        warn("miss: the entry can't be decoded", key, error)
        // An entry in an unknown format may be a valid one of another cache.
        guard !settings.isReadOnly, (try? format(forFileExtension: entry.fileExtension)) != nil else { return }
        try await capabilities.quarantining?.setAside(entry, for: key)
    }

    /// The format of entries with a file extension.
    ///
    /// - Throws: When the format is unknown, or this cache signs or encrypts its entries and the format is another one.
    func format(forFileExtension fileExtension: String) throws -> any EntryFormat {
        if fileExtension == format.fileExtension { return format }
        guard !format.isAuthenticated else { throw EntryError.notAuthenticated(fileExtension, serializer.name) }
        return try registry.serializer(forFileExtension: fileExtension).entryFormat
    }

    func decode(_ entry: EncodedEntry, for key: CacheKey) throws -> StoredResponse {
        try format(forFileExtension: entry.fileExtension).decode(entry.bytes, for: key)
    }
}

// MARK: - Writing

extension ResponseCache {
    /// Writes a response.
    ///
    /// A failure is logged and counted.
    ///
    /// - Returns: Whether it was stored.
    func write(_ response: StoredResponse, for key: CacheKey) async -> Bool {
        await writeOrLog(key) {
            guard response.content.bytes == nil else {
                let entry = try encode(response, for: key)
                try checkSize(entry.bytes.count)
                return try await backend.write(entry, for: key)
            }
            try await makeWriter(copying: response, key).commit()
        }
    }

    /// Starts writing a response in the native format, and copies its content.
    func makeWriter(copying response: StoredResponse, _ key: CacheKey) async throws -> NativeEntryWriter {
        let writer = try await makeNativeWriter(for: response, key)
        for try await piece in response.content { try await writer.append(piece) }
        return writer
    }

    /// Starts writing a response in the native format while its content arrives.
    func makeNativeWriter(for response: StoredResponse, _ key: CacheKey) async throws -> NativeEntryWriter {
        let fileExtension = NativeFormat().fileExtension
        let writer = try await capabilities.makeWriter(
            for: key,
            fileExtension: fileExtension,
            expires: response.expires
        )
        return try await NativeEntryWriter(response, for: key, to: writer)
    }

    /// Runs the work that stores a response.
    ///
    /// A failure is logged and counted.
    ///
    /// - Returns: Whether it was stored.
    func writeOrLog(_ key: CacheKey, _ write: () async throws -> Void) async -> Bool {
        do {
            try await write()
            record { $0.stores += 1 }
            log(key, "stored")
            tellOfEviction()
            startSweeping()
            return true
        } catch {
            await noteFailedWrite(key, error)
            return false
        }
    }

    /// Checks whether the limits of the store allow an entry.
    private func checkSize(_ byteCount: Int) throws(FSCacheError) {
        guard let limits = capabilities.bounded?.limits, !limits.admits(byteCount) else { return }
        throw FSCacheError(.entryTooLarge, "It has \(byteCount) bytes, which is more than the store's limits allow.")
    }

    /// Counts and logs why a response was not stored.
    ///
    /// If it is too large, the older entry of its key is removed.
    func noteFailedWrite(_ key: CacheKey, _ error: any Error) async {
        if let error = error as? FSCacheError, error.code == .entryTooLarge {
            log(key, "not stored: \(error.message)")
            return await discard(key)
        }
        record { $0.writeFailures += 1 }
        warn("not stored", key, error)
    }

    /// Removes an entry.
    ///
    /// A failure is logged and counted.
    func discard(_ key: CacheKey) async {
        do {
            try await backend.remove(key)
        } catch {
            record { $0.writeFailures += 1 }
            warn("not deleted", key, error)
        }
    }

    func encode(_ response: StoredResponse, for key: CacheKey) throws -> EncodedEntry {
        EncodedEntry(
            bytes: try format.encode(response, for: key),
            fileExtension: format.fileExtension,
            expires: response.expires
        )
    }
}
