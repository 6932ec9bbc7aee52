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
        guard !leases.areLacking else {
            throw FSCacheError(.storeUnavailable, "The file system of \(rootPath) has no locks for leases.")
        }
        let end = ContinuousClock.now + duration
        var pause = Self.pauses.lowerBound
        while true {
            if let lock = try tryLock(key) { return lock.lease(for: duration) }
            let rest = ContinuousClock.now.duration(to: end)
            guard rest > .zero else { return nil }
            try await Task.sleep(for: min(pause, rest))
            pause = min(pause * 2, Self.pauses.upperBound)
        }
    }

    /// Takes the lock of a key; `nil` if somebody else has it.
    private func tryLock(_ key: CacheKey) throws(FSCacheError) -> LeaseLock? {
        do {
            return try perform("take the lease of", key) { store throws(SystemError) in
                try leases.tryLock(key, in: store)
            }
        } catch {
            let lasting: [POSIXErrorCode] = [.ENOLCK, .EOPNOTSUPP, .ENOSYS, .EINVAL, .EROFS, .EACCES, .EPERM]
            if let code = (error.underlyingError as? POSIXError)?.code, lasting.contains(code) { leases.setLacking() }
            throw error
        }
    }
}

/// The leases of one backend, which share an open file.
final class FileLeases: Sendable {
    private let file = Mutex<LeaseFile?>(nil)
    private let isLacking = Atomic(false)

    /// Whether the file system has turned out to have no locks for leases.
    var areLacking: Bool { isLacking.load(ordering: .relaxed) }

    func setLacking() { isLacking.store(true, ordering: .relaxed) }

    /// Closes the file when the last lease has ended.
    func close() {
        file.withLock { $0 = nil }
    }

    /// Takes the lock of a key; `nil` if somebody else has it, or if the file has been replaced.
    fileprivate func tryLock(_ key: CacheKey, in store: StoreDirectory) throws(SystemError) -> LeaseLock? {
        _ = try store.writableTemporaries()
        let opened = try file.withLock { file throws(SystemError) in
            let opened: LeaseFile
            if let file { opened = file } else { opened = try LeaseFile(in: store) }
            file = opened
            return opened
        }
        guard let lock = try opened.tryLock(key) else { return nil }
        if opened.isCurrent(in: store) { return lock }
        // Others lock the file that has replaced it.
        lock.release()
        file.withLock { if $0 === opened { $0 = nil } }
        return nil
    }
}

/// The open layout file, whose bytes can be locked.
private final class LeaseFile: Sendable {
    private struct Holders {
        /// The number of the lock on each locked byte.
        var numbers: [Int64: Int] = [:]
        var lastNumber = 0
    }

    private let descriptor: FileDescriptor
    private let status: cfs_status
    private let holders = Mutex(Holders())

    init(in store: StoreDirectory) throws(SystemError) {
        let flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK
        let opened = SystemCall.open(StoreDirectory.layoutName, in: store.root.rawValue, flags)
        let descriptor = try FileDescriptor(opened: opened)
        self.status = try descriptor.status()
        self.descriptor = descriptor
    }

    /// Takes the lock of a key; `nil` if somebody else has it, in this process or in another one.
    func tryLock(_ key: CacheKey) throws(SystemError) -> LeaseLock? {
        // Two keys share a byte only if 63 bits of their digests are equal. They would wait for each other.
        let offset = Int64(key.words.3 >> 1)
        return try holders.withLock { holders throws(SystemError) in
            guard holders.numbers[offset] == nil else { return nil }
            let result = cfs_try_lock_byte(descriptor.rawValue, offset)
            if result == -EAGAIN { return nil }
            try SystemError.check(result)
            holders.lastNumber += 1
            holders.numbers[offset] = holders.lastNumber
            return LeaseLock(self, offset, holders.lastNumber)
        }
    }

    /// Releases a lock, unless that has been done.
    func unlock(_ offset: Int64, _ number: Int) {
        holders.withLock { holders in
            guard holders.numbers[offset] == number else { return }
            holders.numbers[offset] = nil
            _ = cfs_unlock_byte(descriptor.rawValue, offset)
        }
    }

    /// Whether it is still the layout file of a store.
    func isCurrent(in store: StoreDirectory) -> Bool {
        var current = cfs_status()
        let result = SystemCall.status(of: StoreDirectory.layoutName, in: store.root.rawValue, &current)
        return result == 0 && status.device == current.device && status.inode == current.inode
    }
}

/// A lock of the kernel on one byte, until it is released or its process dies.
private struct LeaseLock: Sendable {
    private let file: LeaseFile
    private let offset: Int64
    private let number: Int

    init(_ file: LeaseFile, _ offset: Int64, _ number: Int) {
        self.file = file
        self.offset = offset
        self.number = number
    }

    func release() { file.unlock(offset, number) }

    /// A lease that ends when it is released, after a duration, or with the process.
    func lease(for duration: Duration) -> EntryLease {
        let ending = Task {
            try await Task.sleep(for: duration)
            release()
        }
        return EntryLease {
            ending.cancel()
            release()
        }
    }
}
