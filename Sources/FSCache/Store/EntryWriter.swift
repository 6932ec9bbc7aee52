public import Foundation
internal import Synchronization

/// An entry that is written piece by piece.
///
/// Readers see it once ``commit()`` has ended, all of it at once. Letting go of the writer before leaves nothing behind.
public protocol EntryWriter: Sendable {
    /// Adds bytes at the end.
    ///
    /// - Parameter bytes: The bytes.
    /// - Throws: When they can't be written. The entry is then of no use any more.
    func append(_ bytes: Data) async throws

    /// Puts bytes over others that have been written: what is known only at the end may stand at the beginning.
    ///
    /// - Parameters:
    ///   - offset: How many bytes come before them.
    ///   - bytes: As many bytes as there are to replace.
    /// - Throws: When they can't be written.
    func overwrite(at offset: Int, with bytes: Data) async throws

    /// Reads bytes that have been written, committed or not.
    ///
    /// - Parameters:
    ///   - offset: How many bytes come before them.
    ///   - count: How many to read at most.
    /// - Returns: The bytes; fewer than `count` only where no more have been written.
    /// - Throws: When they can't be read.
    func read(from offset: Int, upTo count: Int) async throws -> Data

    /// Stores the entry, in place of what is stored under its key. To be called once; nothing is written after it.
    ///
    /// - Throws: When it can't be stored. What was stored before is then still there.
    func commit() async throws
}

/// Gathers an entry in memory, and hands it to a backend when it is whole.
final class GatheringEntryWriter: EntryWriter {
    private let backend: any CacheBackend
    private let key: CacheKey
    private let entry: Mutex<EncodedEntry>

    init(_ backend: any CacheBackend, _ key: CacheKey, _ fileExtension: String) {
        self.backend = backend
        self.key = key
        self.entry = Mutex(EncodedEntry(bytes: Data(), fileExtension: fileExtension))
    }

    func append(_ bytes: Data) async {
        entry.withLock { $0.bytes.append(bytes) }
    }

    func overwrite(at offset: Int, with bytes: Data) async {
        entry.withLock { $0.bytes.replaceSubrange(offset..<(offset + bytes.count), with: bytes) }
    }

    func read(from offset: Int, upTo count: Int) async -> Data {
        // A copy: while a slice lives, each `append` would copy all bytes.
        entry.withLock { Data($0.bytes.dropFirst(offset).prefix(count)) }
    }

    func commit() async throws {
        try await backend.write(entry.withLock { $0 }, for: key)
    }
}
