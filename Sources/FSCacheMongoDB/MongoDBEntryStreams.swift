#if MongoDB
internal import FSCache
internal import Foundation

/// Reads an entry in chunks.
struct MongoDBEntryReader: EntryReader {
    let fileExtension: String
    let byteCount: Int
    /// The version of the entry.
    let version: String
    let reader: ChunkReader

    func read(from offset: Int, upTo count: Int) async throws -> Data {
        let end = min(byteCount, offset + min(count, byteCount))
        return offset < end ? try await reader.read(offset..<end) : Data()
    }
}

/// Writes an entry in chunks, or as one document if it is small.
actor MongoDBEntryWriter: EntryWriter {
    private let key: CacheKey
    private let fileExtension: String
    private let expires: Date?
    private let backend: MongoDBBackend
    private let version = UUID().uuidString
    private let chunksRemovedAt: Date
    private let reader: ChunkReader
    /// How many chunks are stored.
    private var chunkCount = 0
    /// The bytes that are not stored yet, or are in the last chunk of a complete entry.
    private var rest = Data()
    private var isCommitted = false

    init(_ key: CacheKey, _ fileExtension: String, expires: Date?, _ backend: MongoDBBackend) {
        self.key = key
        self.fileExtension = fileExtension
        self.expires = expires
        self.backend = backend
        chunksRemovedAt = backend.now().addingTimeInterval(Chunks.writingTime)
        reader = ChunkReader(version, chunkByteCount: backend.chunkByteCount, backend)
    }

    deinit {
        guard chunkCount > 0, !isCommitted else { return }
        Task { [backend, version] in
            // If this fails, the server removes the chunks later.
            try? await backend.server.run("remove an incomplete entry") { connection in
                try backend.chunks.delete(version, connection)
            }
        }
    }

    private var chunkByteCount: Int { backend.chunkByteCount }
    private var restOffset: Int { chunkCount * chunkByteCount }

    func append(_ bytes: Data) async throws {
        rest.append(bytes)
        while rest.count > chunkByteCount {
            try await store(rest.prefix(chunkByteCount), at: chunkCount)
            rest = rest.dropFirst(chunkByteCount)
            chunkCount += 1
        }
        if rest.startIndex > 0 { rest = Data(rest) }
    }

    func overwrite(at offset: Int, with bytes: Data) async throws {
        var offset = offset
        var bytes = bytes[...]
        while offset < restOffset, !bytes.isEmpty {
            let index = offset / chunkByteCount
            var chunk = try await reader.fetch(index)
            let start = offset % chunkByteCount
            let piece = bytes.prefix(chunkByteCount - start)
            chunk.replaceSubrange(start..<(start + piece.count), with: piece)
            try await store(chunk, at: index)
            reader.forget()
            offset += piece.count
            bytes = bytes.dropFirst(piece.count)
        }
        let start = rest.startIndex + offset - restOffset
        rest.replaceSubrange(start..<(start + bytes.count), with: bytes)
    }

    func read(from offset: Int, upTo count: Int) async throws -> Data {
        // Take both now, because another task may append during the suspension.
        let (rest, restOffset) = (rest, restOffset)
        let end = min(restOffset + rest.count, offset + min(count, .max - offset))
        guard offset < end else { return Data() }
        var bytes = offset < restOffset ? try await reader.read(offset..<min(end, restOffset)) : Data()
        bytes.append(rest.dropFirst(max(0, offset - restOffset)).prefix(max(0, end - max(offset, restOffset))))
        return bytes
    }

    func commit() async throws {
        _ = try await commit(replacing: .anyOrNone)
    }

    /// Completes the entry if the key has an expected one.
    ///
    /// - Returns: Whether the entry is stored.
    func commit(replacing previous: StoredEntry.Previous) async throws -> Bool {
        guard chunkCount > 0 else {
            let entry = EncodedEntry(bytes: rest, fileExtension: fileExtension, expires: expires)
            return try await backend.store(entry, for: key, replacing: previous)
        }
        try await store(rest, at: chunkCount)
        let entry = StoredEntry(
            fileExtension: fileExtension,
            byteCount: restOffset + rest.count,
            modifiedAt: backend.now(),
            version: version,
            content: .chunks(byteCount: chunkByteCount),
            expires: expires,
            removeAt: backend.removalTime(expires)
        )
        isCommitted = try await backend.store(entry, for: key, replacing: previous)
        guard isCommitted else { return false }
        try await backend.server.run("store an entry") { [backend, version, chunksRemovedAt] connection in
            try backend.chunks.keep(version, removedAt: chunksRemovedAt, until: entry.removeAt, connection)
        }
        return true
    }

    private func store(_ bytes: Data, at index: Int) async throws {
        try await backend.server.run("store an entry") { [backend, version, chunksRemovedAt] connection in
            try backend.createExpiryIndex(on: backend.chunks.collection, connection)
            try backend.chunks.write(bytes, at: index, of: version, removeAt: chunksRemovedAt, connection)
        }
    }
}
#endif
