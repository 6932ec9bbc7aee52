internal import CFileSystem
internal import Synchronization

/// The directories of the files that are being written: `tmp/0`, `tmp/1`, ….
///
/// Each store that writes has one for itself, so that writers don't wait for each other's renames out of one directory.
/// It holds a kernel lock on it, so a sweep can recognize the files of dead writers.
final class TemporaryDirectories: Sendable {
    static let name = "tmp"

    /// The directory that they are in.
    let parent: OpenDirectory
    private let settings: FilesystemSettings
    private let own = Mutex<OpenDirectory?>(nil)

    /// Opens the directory that they are in, and makes it if needed.
    init(in root: OpenDirectory, _ settings: FilesystemSettings) throws(SystemError) {
        try StoreDirectory.makeDirectory(Self.name, in: root.rawValue, permissions: settings.directoryPermissions)
        let opened = Self.open(Self.name, in: root.rawValue)
        guard opened != -ENOTDIR, opened != -ELOOP else {
            throw SystemError(ENOTDIR, "its \(Self.name) is not a directory")
        }
        self.parent = try OpenDirectory(FileDescriptor(opened: opened))
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

    /// Removes the files of a dead writer from one of the directories.
    func removeStrays(from name: String) throws(SystemError) {
        let opened = Self.open(name, in: parent.rawValue)
        guard opened >= 0 else { return }
        let directory = try DirectoryStream(FileDescriptor(opened: opened))
        guard cfs_try_lock(directory.descriptor) == 0 else { return }
        try Self.removeFiles(from: directory)
    }

    /// Whether a name is that of one of the directories.
    static func isName(_ name: String) -> Bool {
        Int(name).map { $0 >= 0 && name == String($0) } ?? false
    }

    /// Takes the first directory that nobody uses, and removes the files of its dead writer.
    private func claim() throws(SystemError) -> OpenDirectory {
        for number in 0..<10_000 {
            let name = String(number)
            try StoreDirectory.makeDirectory(name, in: parent.rawValue, permissions: settings.directoryPermissions)
            let opened = Self.open(name, in: parent.rawValue)
            // It may be a foreign file, or belong to another user.
            if [-ENOTDIR, -ELOOP, -EACCES].contains(opened) { continue }
            let directory = try OpenDirectory(FileDescriptor(opened: opened))
            let locked = cfs_try_lock(directory.rawValue)
            guard locked != -EAGAIN, cfs_check_writable(directory.rawValue) == 0 else { continue }
            // On a file system without such locks, others may use it too.
            if locked == 0 {
                let opened = Self.open(".", in: directory.rawValue)
                try Self.removeFiles(from: DirectoryStream(FileDescriptor(opened: opened)))
            }
            return directory
        }
        throw SystemError(EBUSY, "all of its temporary directories are in use, or belong to others")
    }

    private static func removeFiles(from directory: borrowing DirectoryStream) throws(SystemError) {
        try directory.forEachName { name in
            if TemporaryFile.isName(name) { _ = SystemCall.removeFile(name, in: directory.descriptor) }
            return true
        }
    }

    private static func open(_ name: String, in parent: CInt) -> CInt {
        SystemCall.open(name, in: parent, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    }
}
