#if MongoDB
internal import FSCache
internal import Foundation
internal import Synchronization

/// The collection with the bytes of large entries.
///
/// The `_id` of a chunk is the version of its entry and its number. Nothing changes a chunk after its entry is complete.
/// All chunks of an entry that is being written, was replaced or was removed have a time at which the server removes them,
/// so that nothing stays if a process dies, and readers can go on with an entry that they have opened.
struct Chunks: Sendable {
    let collection: String

    /// How long writing an entry may take.
    static let writingTime: TimeInterval = 86_400
    /// How long reading an entry may take after it was replaced, removed or has expired.
    static let readingTime: TimeInterval = 3_600

    func write(
        _ bytes: Data,
        at index: Int,
        of version: String,
        removeAt: Date,
        _ connection: MongoDBConnection
    ) throws(DriverError) {
        let identifier = Self.identifier(version, index)
        let chunk: CommandValue = [
            "_id": .string(identifier), "bytes": .bytes(bytes), StoredEntry.expiryField: .date(removeAt),
        ]
        _ = try connection.replace(
            in: collection,
            where: ["_id": .string(identifier)],
            with: chunk,
            inserts: true
        )
    }

    func read(_ index: Int, of version: String, _ connection: MongoDBConnection) throws -> Data {
        let found = try connection.find(in: collection, where: ["_id": .string(Self.identifier(version, index))])
        guard case .bytes(let bytes, _)? = found.first?["bytes"] else {
            throw FSCacheError(
                .storeFailed,
                "A part of an entry is missing in the collection \(collection) of MongoDB: it was removed or has expired."
            )
        }
        return Data(bytes)
    }

    /// Makes the chunks of a complete entry stay as long as the entry.
    ///
    /// - Parameters:
    ///   - version: The version of the entry.
    ///   - written: The time at which the chunks would have been removed. If they have another one, somebody has
    ///     replaced or removed the entry since.
    ///   - removeAt: When the entry is removed.
    ///   - connection: The connection.
    /// - Throws: The errors of the server.
    func keep(
        _ version: String,
        removedAt written: Date,
        until removeAt: Date?,
        _ connection: MongoDBConnection
    ) throws(DriverError) {
        let filter: CommandValue = ["_id": Self.range(of: version), StoredEntry.expiryField: .date(written)]
        let time = removeAt?.addingTimeInterval(Self.readingTime)
        let field: CommandValue = [StoredEntry.expiryField: time.map { .date($0) } ?? ""]
        let change: CommandValue = [time == nil ? "$unset" : "$set": field]
        try connection.update(in: collection, where: filter, with: change)
    }

    /// Lets the server remove the chunks of an entry that was replaced or removed, after its readers had time to finish.
    func release(_ version: String, at now: Date, _ connection: MongoDBConnection) throws(DriverError) {
        let time = now.addingTimeInterval(Self.readingTime)
        let change: CommandValue = ["$set": [StoredEntry.expiryField: .date(time)]]
        try connection.update(in: collection, where: ["_id": Self.range(of: version)], with: change)
    }

    /// Lets the server remove the chunks of an entry, if it has any.
    func release(_ entry: StoredEntry, at now: Date, _ connection: MongoDBConnection) throws(DriverError) {
        if case .chunks = entry.content { try release(entry.version, at: now, connection) }
    }

    /// Removes the chunks of an entry that was never complete.
    func delete(_ version: String, _ connection: MongoDBConnection) throws(DriverError) {
        try connection.delete(from: collection, where: ["_id": Self.range(of: version)])
    }

    private static func identifier(_ version: String, _ index: Int) -> String { "\(version):\(index)" }

    private static func range(of version: String) -> CommandValue {
        // The semicolon follows the colon.
        ["$gte": .string("\(version):"), "$lt": .string("\(version);")]
    }
}

/// Reads pieces of an entry in chunks, and remembers the last chunk that was read.
final class ChunkReader: Sendable {
    private let version: String
    private let chunkByteCount: Int
    private let backend: MongoDBBackend
    private let last = Mutex<(index: Int, bytes: Data)?>(nil)

    init(_ version: String, chunkByteCount: Int, _ backend: MongoDBBackend) {
        self.version = version
        self.chunkByteCount = chunkByteCount
        self.backend = backend
    }

    /// Reads bytes, all of which must be in chunks.
    func read(_ range: Range<Int>) async throws -> Data {
        var bytes = Data(capacity: range.count)
        while bytes.count < range.count {
            let offset = range.lowerBound + bytes.count
            let chunk = try await chunk(offset / chunkByteCount)
            let piece = chunk.dropFirst(offset % chunkByteCount).prefix(range.count - bytes.count)
            guard !piece.isEmpty else {
                throw FSCacheError(.storeFailed, "An entry in \(backend.name) is shorter than it should be.")
            }
            bytes.append(piece)
        }
        return bytes
    }

    private func chunk(_ index: Int) async throws -> Data {
        if let last = last.withLock({ $0 }), last.index == index { return last.bytes }
        let bytes = try await fetch(index)
        last.withLock { $0 = (index, bytes) }
        return bytes
    }

    /// Reads a chunk from the server.
    func fetch(_ index: Int) async throws -> Data {
        try await backend.server.run("read an entry") { [backend, version] connection in
            try backend.chunks.read(index, of: version, connection)
        }
    }

    /// Forgets the chunk that was read last, because it has changed.
    func forget() { last.withLock { $0 = nil } }
}
#endif
