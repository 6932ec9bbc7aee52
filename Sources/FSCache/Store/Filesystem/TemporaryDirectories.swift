internal import CFileSystem
internal import Synchronization

/// The directories of the files that are being written: `tmp/0`, `tmp/1`, ….
///
/// Each store that writes has one for itself, so that processes don't wait for each other's renames out of one directory.
/// As long as it does, it holds a kernel lock on the byte of the layout file with the directory's number, so a sweep can
/// recognize the directories of dead processes. On file systems without such locks, all stores share one directory, and
/// nothing in it is swept.
final class TemporaryDirectories: Sendable {
    static let name = "tmp"

    /// The directory that they are in.
    let parent: OpenDirectory
    private let root: OpenDirectory
    private let settings: FilesystemSettings
    private let own = Mutex<TemporaryDirectory?>(nil)

    /// Opens the directory that they are in, and makes it if needed.
    init(in root: OpenDirectory, _ settings: FilesystemSettings) throws(SystemError) {
        try StoreDirectory.makeDirectory(Self.name, in: root.rawValue, permissions: settings.directoryPermissions)
        let opened = Self.open(Self.name, in: root.rawValue)
        guard opened != -ENOTDIR, opened != -ELOOP else {
            throw SystemError(ENOTDIR, "its \(Self.name) is not a directory")
        }
        self.parent = try OpenDirectory(FileDescriptor(opened: opened))
        self.root = root
        self.settings = settings
        try SystemError.check(cfs_check_writable(parent.rawValue))
    }

    /// Creates a file in the store's own directory.
    func makeFile() throws(SystemError) -> TemporaryFile {
        let directory = try own.withLock { own throws(SystemError) in
            if let own { return own }
            let claimed = try claim()
            own = claimed
            return claimed
        }
        return try TemporaryFile.create(in: directory, permissions: settings.filePermissions)
    }

    /// Removes one of the directories and its files, unless a store has it.
    func removeIfLeft(_ name: String) throws(SystemError) {
        guard let number = Self.number(name) else { return }
        let lock = DirectoryLock(number, in: root, settings)
        guard lock.isTaken else { return }
        let opened = Self.open(name, in: parent.rawValue)
        guard opened >= 0 else { return }
        try Self.removeFiles(from: FileDescriptor(opened: opened))
        _ = SystemCall.removeDirectory(name, in: parent.rawValue)
        withExtendedLifetime(lock) {}
    }

    /// The number of one of the directories; `nil` if the name is another one.
    static func number(_ name: String) -> Int64? {
        Int64(name).flatMap { $0 >= 0 && name == String($0) ? $0 : nil }
    }

    /// Whether no store has the directory; `false` if that can't be told.
    static func isLeft(_ number: Int64, in root: OpenDirectory) -> Bool {
        let opened = SystemCall.open(StoreDirectory.layoutName, in: root.rawValue, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        guard let layout = try? FileDescriptor(opened: opened) else { return false }
        return cfs_is_byte_locked(layout.rawValue, number) == 0
    }

    /// Takes the first directory that no store has.
    private func claim() throws(SystemError) -> TemporaryDirectory {
        for number in Int64(0)..<10_000 {
            let lock = DirectoryLock(number, in: root, settings)
            if lock.isOthers { continue }
            let name = String(number)
            try StoreDirectory.makeDirectory(name, in: parent.rawValue, permissions: settings.directoryPermissions)
            let opened = Self.open(name, in: parent.rawValue)
            // It may be a foreign file, or belong to another user.
            if [-ENOTDIR, -ELOOP, -EACCES].contains(opened) { continue }
            let directory = try FileDescriptor(opened: opened)
            guard cfs_check_writable(directory.rawValue) == 0 else { continue }
            if lock.isTaken { try Self.removeFiles(from: FileDescriptor(opened: Self.open(name, in: parent.rawValue))) }
            return TemporaryDirectory(directory, lock: lock, name: name, in: parent)
        }
        throw SystemError(EBUSY, "all of its temporary directories are in use, or belong to others")
    }

    private static func removeFiles(from directory: consuming FileDescriptor) throws(SystemError) {
        let stream = try DirectoryStream(directory)
        try stream.forEachName { name in
            if TemporaryFile.isName(name) { _ = SystemCall.removeFile(name, in: stream.descriptor) }
            return true
        }
    }

    private static func open(_ name: String, in parent: CInt) -> CInt {
        SystemCall.open(name, in: parent, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    }
}

/// The directory that a store writes in, until the store and its last temporary file are released.
final class TemporaryDirectory: Sendable {
    private let directory: FileDescriptor
    private let lock: DirectoryLock
    private let name: String
    private let parent: OpenDirectory

    fileprivate init(
        _ directory: consuming FileDescriptor,
        lock: consuming DirectoryLock,
        name: String,
        in parent: OpenDirectory
    ) {
        self.directory = directory
        self.lock = lock
        self.name = name
        self.parent = parent
    }

    var rawValue: CInt { directory.rawValue }

    deinit {
        // If it is not empty, it stays.
        if lock.isTaken { _ = SystemCall.removeDirectory(name, in: parent.rawValue) }
    }
}

/// The lock of a directory, or the reason why there is none.
private struct DirectoryLock: ~Copyable {
    private let layout: FileDescriptor?
    private let status: CInt

    /// Tries to take the lock.
    init(_ number: Int64, in root: OpenDirectory, _ settings: FilesystemSettings) {
        // The layout file may not have been written yet.
        let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK
        let permissions = settings.filePermissions.rawValue
        let opened = SystemCall.open(StoreDirectory.layoutName, in: root.rawValue, flags, permissions)
        layout = try? FileDescriptor(opened: opened)
        status = opened < 0 ? opened : cfs_try_lock_byte(opened, number)
    }

    var isTaken: Bool { status == 0 }
    /// Whether another store has the lock.
    var isOthers: Bool { status == -EAGAIN }
}
