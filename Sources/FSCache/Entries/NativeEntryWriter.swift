internal import Foundation
internal import Serializers
internal import Synchronization

/// Writes an entry in the native format whose body comes piece by piece.
final class NativeEntryWriter: Sendable {
    private let writer: any EntryWriter
    private let head: Data
    private let progress = Mutex(Progress())

    private struct Progress {
        var hasher = ChecksumHasher()
        var byteCount = 0
    }

    /// Begins an entry.
    ///
    /// - Throws: When the store can't be written.
    init(_ response: StoredResponse, for key: CacheKey, in backend: any CacheBackend) async throws {
        head = NativeEntry.unsealedHead(of: response, for: key)
        writer = try await backend.makeWriter(for: key, fileExtension: NativeSerializer().fileExtension)
        try await writer.append(head)
    }

    /// Adds a piece of the body.
    func append(_ bytes: Data) async throws {
        try await writer.append(bytes)
        progress.withLock { progress in
            progress.hasher.update(bytes)
            progress.byteCount += bytes.count
        }
    }

    /// How many bytes the body has so far.
    var byteCount: Int { progress.withLock { $0.byteCount } }

    /// Reads a piece of the body again.
    func read(from offset: Int, upTo count: Int) async throws -> Data {
        try await writer.read(from: head.count + offset, upTo: count)
    }

    /// Stores the entry.
    func commit() async throws {
        var head = head
        progress.withLock { progress in
            NativeEntry.seal(&head, bodyChecksum: progress.hasher.checksum, bodyByteCount: progress.byteCount)
        }
        try await writer.overwrite(at: 0, with: head)
        try await writer.commit()
    }
}
