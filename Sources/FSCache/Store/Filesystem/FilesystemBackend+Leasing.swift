internal import CFileSystem
internal import Foundation
internal import Synchronization

extension FilesystemBackend: LeasingBackend {
    /// Whether this backend can write: a read-only one gives no leases.
    public var givesLeases: Bool { !settings.isReadOnly }

    /// The pauses between two attempts to take a lease that another process has.
    private static let pauses = Duration.milliseconds(1)...(.milliseconds(25))

    /// Takes the lease of a key, and waits while another process has it.
    ///
    /// A lease is a kernel lock on one byte of the file `fscache.layout`. It ends at once when its process dies, and
    /// leaves nothing behind. Waiting blocks no thread. Processes on different machines have leases in common if their
    /// network file system has such locks in common, as NFS 4 does.
    ///
    /// - Parameters:
    ///   - key: The key of the missing or stale entry.
    ///   - duration: How long the lease lasts at most, and how long to wait for another one.
    /// - Returns: The lease, or `nil` if another process still has one after the duration, for example because it has been
    ///   stopped.
    /// - Throws: ``FSCacheError/Code/storeFailed`` when the file can't be locked; from then on
    ///   ``FSCacheError/Code/storeUnavailable``, if that is because the file system has no such locks;
    ///   ``FSCacheError/Code/closed``, and `CancellationError`.
    public func lease(_ key: CacheKey, for duration: Duration) async throws -> EntryLease? {
        guard !lacksLeases.load(ordering: .relaxed) else {
            throw FSCacheError(.storeUnavailable, "The file system of \(rootPath) has no locks for leases.")
        }
        let end = ContinuousClock.now + duration
        var pause = Self.pauses.lowerBound
        var file: LeaseFile?
        while true {
            if try tryLock(&file, key) { return file?.lease(for: duration) }
            let rest = ContinuousClock.now.duration(to: end)
            guard rest > .zero else { return nil }
            try await Task.sleep(for: min(pause, rest))
            pause = min(pause * 2, Self.pauses.upperBound)
        }
    }

    /// Takes the lock of a key, unless another process has it.
    ///
    /// - Parameters:
    ///   - file: The file that was opened by the last attempt.
    ///   - key: The key.
    /// - Returns: Whether it was taken.
    /// - Throws: The same errors as ``lease(_:for:)``.
    private func tryLock(_ file: inout LeaseFile?, _ key: CacheKey) throws(FSCacheError) -> Bool {
        do {
            return try perform("take the lease of", key) { store throws(SystemError) in
                _ = try store.writableTemporaries()
                let opened: LeaseFile
                if let file { opened = file } else { opened = try LeaseFile(in: store) }
                file = opened
                guard try opened.tryLock(key) else { return false }
                if try opened.isCurrent(in: store) { return true }
                // Others lock the file that has replaced it.
                file = nil
                return false
            }
        } catch {
            let lasting: [POSIXErrorCode] = [.ENOLCK, .EOPNOTSUPP, .ENOSYS, .EINVAL, .EROFS, .EACCES, .EPERM]
            if let code = (error.underlyingError as? POSIXError)?.code, lasting.contains(code) {
                lacksLeases.store(true, ordering: .relaxed)
            }
            throw error
        }
    }
}

/// The open layout file, whose bytes can be locked.
///
/// A lock lasts until the file is closed.
private final class LeaseFile: Sendable {
    private let descriptor: Mutex<FileDescriptor?>

    init(in store: StoreDirectory) throws(SystemError) {
        let flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK
        let opened = SystemCall.open(StoreDirectory.layoutName, in: store.root.rawValue, flags)
        descriptor = Mutex(try FileDescriptor(opened: opened))
    }

    /// Takes the lock of a key.
    ///
    /// - Returns: Whether nobody else has it.
    func tryLock(_ key: CacheKey) throws(SystemError) -> Bool {
        // Two keys share a byte only if 63 bits of their digests are equal. They would wait for each other.
        let offset = Int64(key.words.3 >> 1)
        return try descriptor.withLock { descriptor throws(SystemError) in
            let result = cfs_try_lock_byte(descriptor?.rawValue ?? -1, offset)
            if result == -EAGAIN { return false }
            try SystemError.check(result)
            return true
        }
    }

    /// Whether it is still the layout file of a store.
    func isCurrent(in store: StoreDirectory) throws(SystemError) -> Bool {
        let own = try descriptor.withLock { descriptor throws(SystemError) in try descriptor?.status() }
        var current = cfs_status()
        let result = SystemCall.status(of: StoreDirectory.layoutName, in: store.root.rawValue, &current)
        return result == 0 && own?.device == current.device && own?.inode == current.inode
    }

    /// A lease that ends when it is released, after a duration, or with the process.
    func lease(for duration: Duration) -> EntryLease {
        let ending = Task {
            try await Task.sleep(for: duration)
            self.close()
        }
        return EntryLease {
            ending.cancel()
            self.close()
        }
    }

    private func close() {
        descriptor.withLock { $0 = nil }
    }
}
