internal import CFileSystem
internal import Foundation
internal import Synchronization

/// Reads an entry's file.
final class FileEntryReader: EntryReader {
    let fileExtension: String
    private let descriptor: FileDescriptor
    /// The status of the file when it was opened.
    private let status: cfs_status
    private let pace: ReadPace

    init(_ descriptor: consuming FileDescriptor, _ status: cfs_status, fileExtension: String, pace: ReadPace) {
        self.descriptor = descriptor
        self.status = status
        self.fileExtension = fileExtension
        self.pace = pace
    }

    var byteCount: Int { Int(status.byte_count) }

    /// Whether a status is that of the same file, and the file has not been edited since it was opened.
    func isOpen(on status: cfs_status) -> Bool {
        // The open descriptor keeps the inode from being used again.
        self.status.device == status.device && self.status.inode == status.inode
            && self.status.byte_count == status.byte_count
            && self.status.modified_seconds == status.modified_seconds
            && self.status.modified_nanoseconds == status.modified_nanoseconds
    }

    func read(from offset: Int, upTo count: Int) async throws -> Data {
        let count = min(count, byteCount - offset)
        guard count > 0 else { return Data() }
        let read: @Sendable () throws -> Data = { try self.readNow(from: offset, upTo: count) }
        return try await count > FilesystemBackend.inlineByteCount ? BlockingWork.run(read) : pace.run(read)
    }

    private func readNow(from offset: Int, upTo count: Int) throws(FSCacheError) -> Data {
        do throws(SystemError) {
            return try descriptor.readBytes(count, at: offset)
        } catch {
            throw FSCacheError(.storeFailed, "Can't read an entry: \(error).", underlyingError: error.posixError)
        }
    }
}

/// Writes a temporary file that becomes an entry.
final class FileEntryWriter: EntryWriter {
    private let file: EntryFile
    private let store: StoreDirectory
    private let onCommit: @Sendable () async -> Void
    private let temporary: Mutex<TemporaryFile>

    init(
        _ temporary: consuming TemporaryFile,
        as file: EntryFile,
        in store: StoreDirectory,
        onCommit: @escaping @Sendable () async -> Void
    ) {
        self.file = file
        self.store = store
        self.onCommit = onCommit
        self.temporary = Mutex(temporary)
    }

    func append(_ bytes: Data) async throws {
        let limits = store.settings.limits
        try await perform(bytes.count) { temporary throws(SystemError) in
            guard limits.admits(temporary.byteCount + bytes.count) else { throw .overLimit }
            try temporary.write(bytes)
        }
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
        // This may wait for other writers of the shard, or for the disk.
        let placement = try await perform(.max) { [file, store] temporary throws(SystemError) in
            try store.place(&temporary, as: file, waits: true)
        }
        guard case .placed = placement else {
            throw failure(SystemError(ENOENT, "the cache has been cleared in the meantime"))
        }
        await onCommit()
    }

    /// Runs work on the calling thread if it handles few bytes, and on another thread otherwise.
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
        let code: FSCacheError.Code = error.isOverLimit ? .entryTooLarge : .storeFailed
        return FSCacheError(code, "Can't write the entry \(file.key): \(error).", underlyingError: error.posixError)
    }
}
