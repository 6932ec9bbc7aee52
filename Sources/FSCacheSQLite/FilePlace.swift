#if SQLite
internal import FSCache
internal import Foundation

/// The path of a database, and the files beside it.
struct FilePlace: Sendable {
    /// Identifies a file that may be replaced by another one.
    struct Identity: Hashable {
        var device: UInt64
        var inode: UInt64
    }

    /// A state of a file that changes with each write.
    struct Version: Hashable {
        var identity: Identity
        var byteCount: Int64
        var seconds: Int
        var nanoseconds: Int
    }

    /// The files that SQLite keeps beside the database.
    private static let suffixes = ["-wal", "-shm", "-journal"]

    let path: String

    /// The version of the file; `nil` if there is none.
    var version: Version? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        #if canImport(Darwin)
        let modified = status.st_mtimespec
        #else
        let modified = status.st_mtim
        #endif
        return Version(
            identity: Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)),
            byteCount: Int64(status.st_size),
            seconds: Int(modified.tv_sec),
            nanoseconds: Int(modified.tv_nsec)
        )
    }

    var exists: Bool { version != nil }

    /// Whether something else than a file has the name.
    var isForeign: Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    }

    /// Whether there is a log of changes that are not in the file yet.
    var hasLog: Bool { unsafe access(path + "-wal", F_OK) == 0 }

    /// Whether the file may be written.
    var isWritable: Bool { unsafe access(path, W_OK) == 0 }

    private var folder: String { (path as NSString).deletingLastPathComponent }

    /// Creates the directories above the file, which only their owner can use.
    func makeFolder() throws(SystemFailure) { try Self.createFolder(folder) }

    /// Creates an empty file that only its owner can use, unless there is one.
    func create() throws(SystemFailure) {
        let file = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            if errno == EEXIST { return }
            throw SystemFailure(errno, path)
        }
        // SQLite gives the files beside it the same permissions, regardless of the file mode creation mask.
        _ = fchmod(file, 0o600)
        _ = close(file)
        // Files of an earlier database may still be in use by another process.
        for suffix in Self.suffixes { _ = unsafe unlink(path + suffix) }
    }

    private static func createFolder(_ path: String) throws(SystemFailure) {
        if unsafe mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, path.count > 1 else { throw SystemFailure(errno, path) }
        try createFolder((path as NSString).deletingLastPathComponent)
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw SystemFailure(errno, path) }
    }

    /// Gives the database and the files beside it another name.
    func rename(to name: String) throws(SystemFailure) {
        guard unsafe Foundation.rename(path, name) == 0 else { throw SystemFailure(errno, path) }
        for suffix in Self.suffixes { _ = unsafe Foundation.rename(path + suffix, name + suffix) }
    }

    /// Keeps other processes that call this from opening, creating or renaming databases in the same directory.
    func whileLocked<Value>(until deadline: Deadline, _ body: () throws -> Value) throws -> Value {
        let directory = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw SystemFailure(errno, folder) }
        defer { _ = close(directory) }
        // File systems without such locks have no protection against two programs that create a database at once.
        while flock(directory, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            guard !deadline.hasPassed else { throw SystemFailure(EWOULDBLOCK, folder) }
            Thread.sleep(forTimeInterval: 0.002)
        }
        return try body()
    }

    /// The first bytes of the file.
    func head(_ count: Int) -> Data {
        guard let file = FileHandle(forReadingAtPath: path) else { return Data() }
        return (try? file.read(upToCount: count)) ?? Data()
    }
}

/// A failure of a system call.
struct SystemFailure: Error, CustomStringConvertible {
    let number: CInt
    let path: String

    init(_ number: CInt, _ path: String) {
        self.number = number
        self.path = path
    }

    var description: String { "\(path): \(unsafe String(cString: strerror(number)))" }

    var posixError: POSIXError { POSIXError(POSIXErrorCode(rawValue: number) ?? .EIO) }
}
#endif
