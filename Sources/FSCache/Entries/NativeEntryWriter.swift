internal import Foundation
internal import Synchronization

/// Writes an entry in the native format while its body arrives.
final class NativeEntryWriter: Sendable {
    private let writer: any EntryWriter
    private let head: Data
    private let progress = Mutex(Progress())

    private struct Progress {
        var hasher = ChecksumHasher()
        var byteCount = 0
    }

    /// Writes the head of an entry.
    ///
    /// - Parameters:
    ///   - response: The response. Its content is ignored.
    ///   - key: The entry's key.
    ///   - writer: Receives the bytes of the entry.
    /// - Throws: When the store can't be written.
    init(_ response: StoredResponse, for key: CacheKey, to writer: any EntryWriter) async throws {
        self.writer = writer
        head = NativeFormat.unsealedHead(of: response, for: key)
        try await writer.append(head)
    }

    /// Appends a piece of the body.
    func append(_ bytes: Data) async throws {
        try await writer.append(bytes)
        progress.withLock { progress in
            progress.hasher.update(bytes)
            progress.byteCount += bytes.count
        }
    }

    /// The number of bytes of the body so far.
    var byteCount: Int { progress.withLock { $0.byteCount } }

    /// Reads a piece of the body that has been written.
    func read(from offset: Int, upTo count: Int) async throws -> Data {
        try await writer.read(from: head.count + offset, upTo: count)
    }

    /// Stores the entry.
    func commit() async throws {
        var head = head
        progress.withLock { progress in
            NativeFormat.seal(&head, bodyChecksum: progress.hasher.checksum, bodyByteCount: progress.byteCount)
        }
        try await writer.overwrite(at: 0, with: head)
        try await writer.commit()
    }
}
