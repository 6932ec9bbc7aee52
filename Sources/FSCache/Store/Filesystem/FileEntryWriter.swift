internal import Foundation
internal import Synchronization

/// An entry's file before it has its place.
final class FileEntryWriter: EntryWriter {
    private let file: EntryFile
    private let store: StoreDirectory
    private let temporary: Mutex<TemporaryFile>

    init(_ temporary: consuming TemporaryFile, as file: EntryFile, in store: StoreDirectory) {
        self.file = file
        self.store = store
        self.temporary = Mutex(temporary)
    }

    func append(_ bytes: Data) async throws {
        try await perform(bytes.count) { temporary throws(SystemError) in try temporary.write(bytes) }
    }

    func overwrite(at offset: Int, with bytes: Data) async throws {
        try await perform(bytes.count) { temporary throws(SystemError) in
            try temporary.overwrite(at: offset, with: bytes)
        }
    }

    func read(from offset: Int, upTo count: Int) async throws -> Data {
        try await perform(count) { temporary throws(SystemError) in try temporary.read(from: offset, upTo: count) }
    }

    func commit() async throws {
        // Sometimes it waits: for others who change the shard, or for the disk.
        let placement = try await perform(.max) { [file, store] temporary throws(SystemError) in
            try store.place(&temporary, as: file, waits: true)
        }
        guard case .placed = placement else {
            throw failure(SystemError(ENOENT, "the cache was emptied meanwhile"))
        }
    }

    /// Runs a call where the caller is, if it is about few bytes, and otherwise where it may block.
    private func perform<Value: Sendable>(
        _ byteCount: Int,
        _ work: @escaping @Sendable (inout TemporaryFile) throws(SystemError) -> Value
    ) async throws -> Value {
        guard byteCount > FilesystemBackend.inlineByteCount else { return try perform(work) }
        return try await BlockingWork.run { try self.perform(work) }
    }

    private func perform<Value: Sendable>(
        _ work: (inout TemporaryFile) throws(SystemError) -> Value
    ) throws(FSCacheError) -> Value {
        do throws(SystemError) {
            return try temporary.withLock { temporary throws(SystemError) in try work(&temporary) }
        } catch {
            throw failure(error)
        }
    }

    private func failure(_ error: SystemError) -> FSCacheError {
        FSCacheError(.storeFailed, "Can't write the entry \(file.key): \(error).", underlyingError: error.posixError)
    }
}
