internal import CFileSystem
internal import Foundation

extension StoreDirectory {
    static let layoutVersion = 1
    private static let layoutName = "fscache.layout"
    private static let tagName = "CACHEDIR.TAG"
    private static let temporariesName = "tmp"
    private static let tag = """
        Signature: 8a477f597d28d172789f06886806bc55
        # This directory is a cache made by FSCache. Its contents can be fetched again.
        # For information about cache directory tags, see https://bford.info/cachedir/

        """

    /// Opens a cache's directory, creates missing parts, and removes the temporary files of dead writers.
    ///
    /// - Throws: ``FSCacheError/Code/unusableStore`` when the directory can't hold a cache, or has a later layout.
    static func open(
        _ settings: FilesystemSettings,
        _ evictor: Evictor? = nil
    ) throws(FSCacheError) -> StoreDirectory {
        do throws(SystemError) {
            return try prepare(settings, evictor)
        } catch {
            throw FSCacheError(
                .unusableStore,
                "\(settings.rootPath) can't be used as a cache: \(error). \(advice(for: error))",
                underlyingError: error.posixError
            )
        }
    }

    private static func prepare(
        _ settings: FilesystemSettings,
        _ evictor: Evictor?
    ) throws(SystemError) -> StoreDirectory {
        let root = try OpenDirectory(openRoot(settings))
        try checkOwner(of: root, settings)
        let version = try readLayoutVersion(root, followsLinks: settings.isReadOnly)
        if let version, version > layoutVersion {
            let reason = "it has layout \(version), and this version of FSCache knows layouts up to \(layoutVersion)"
            throw SystemError(EPROTO, reason)
        }
        guard !settings.isReadOnly else { return StoreDirectory(settings: settings, root: root, temporaries: nil) }
        try SystemError.check(cfs_check_writable(root.rawValue))
        let holdsForeignFiles = try holdsForeignFiles(root)
        let temporaries = try OpenDirectory(openTemporaries(root, settings))
        if version == nil {
            // In a directory with foreign files, the tag would exclude them from backups.
            if !holdsForeignFiles { try write(tag, as: tagName, root, temporaries, settings) }
            try write("\(layoutVersion)\n", as: layoutName, root, temporaries, settings)
        }
        let store = StoreDirectory(settings: settings, root: root, temporaries: temporaries, evictor: evictor)
        try store.sweep()
        return store
    }

    private static func advice(for error: SystemError) -> String {
        switch error.number {
        case EACCES, EPERM, EROFS: "Change its permissions, choose another location, or open the cache read-only."
        case EPROTO: "Update FSCache, or choose another location."
        case ELOOP: "Choose another location, or open the cache read-only, which follows links."
        case ENOENT: "A cache that is opened read-only must exist."
        case ENOSPC, EDQUOT: "Free some space, or choose another location."
        default: "Choose another location."
        }
    }

    private static func openRoot(_ settings: FilesystemSettings) throws(SystemError) -> FileDescriptor {
        let flags = O_RDONLY | O_DIRECTORY | (settings.isRootInSharedDirectory ? O_NOFOLLOW : 0)
        let path = settings.rootPath
        let opened = SystemCall.open(path, in: AT_FDCWD, flags)
        guard opened == -ENOENT, !settings.isReadOnly else { return try FileDescriptor(opened: opened) }
        try makeDirectories(path, settings.directoryPermissions)
        return try FileDescriptor(opened: SystemCall.open(path, in: AT_FDCWD, flags))
    }

    /// Creates a directory and its parents.
    private static func makeDirectories(_ path: String, _ permissions: Permissions) throws(SystemError) {
        do throws(SystemError) {
            try makeDirectory(path, in: AT_FDCWD, permissions: permissions)
        } catch let error where error.number == ENOENT {
            guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { throw error }
            let parent = String(path[..<slash])
            try makeDirectories(parent, permissions)
            try makeDirectory(path, in: AT_FDCWD, permissions: permissions)
        }
    }

    /// Creates a directory unless its name is taken.
    static func makeDirectory(_ name: String, in parent: CInt, permissions: Permissions) throws(SystemError) {
        let result = SystemCall.makeDirectory(name, in: parent, permissions.rawValue)
        if result == -EEXIST { return }
        try SystemError.check(result)
        guard !permissions.areOwnersAlone else { return }
        let made = try FileDescriptor(opened: SystemCall.open(name, in: parent, O_RDONLY | O_DIRECTORY | O_NOFOLLOW))
        try permissions.apply(to: made.rawValue)
    }

    private static func checkOwner(of root: OpenDirectory, _ settings: FilesystemSettings) throws(SystemError) {
        guard settings.isRootInSharedDirectory else { return }
        let status = try root.status()
        guard status.owner == geteuid(), status.permissions & 0o022 == 0 else {
            throw SystemError(EPERM, "it is in a shared directory, and others may write to it")
        }
    }

    /// The version in the layout file; `nil` if there is no file yet, or if a power failure left it empty.
    private static func readLayoutVersion(_ root: OpenDirectory, followsLinks: Bool) throws(SystemError) -> Int? {
        let flags = O_RDONLY | O_NONBLOCK | (followsLinks ? 0 : O_NOFOLLOW)
        let opened = SystemCall.open(layoutName, in: root.rawValue, flags)
        guard opened != -ENOENT else { return nil }
        guard opened != -ELOOP else { throw SystemError(ELOOP, "its \(layoutName) is a symbolic link") }
        let file = try FileDescriptor(opened: opened)
        guard try file.status().is_regular != 0 else { throw SystemError(EPROTO, "its \(layoutName) is not a file") }
        let text = try String(decoding: file.readBytes(64), as: UTF8.self).trimmingCharacters(
            in: .whitespacesAndNewlines
        )
        guard !text.isEmpty else { return nil }
        guard let version = Int(text), version > 0 else {
            throw SystemError(EPROTO, "its \(layoutName) has no version number")
        }
        return version
    }

    private static func holdsForeignFiles(_ root: OpenDirectory) throws(SystemError) -> Bool {
        let own = [layoutName, tagName, temporariesName]
        let opened = SystemCall.open(".", in: root.rawValue, O_RDONLY | O_DIRECTORY)
        var foundForeign = false
        try DirectoryStream(FileDescriptor(opened: opened)).forEachName { name in
            foundForeign = ShardName.byte(name) == nil && !own.contains(name)
            return !foundForeign
        }
        return foundForeign
    }

    private static func openTemporaries(
        _ root: OpenDirectory,
        _ settings: FilesystemSettings
    ) throws(SystemError) -> FileDescriptor {
        try makeDirectory(temporariesName, in: root.rawValue, permissions: settings.directoryPermissions)
        let opened = SystemCall.open(temporariesName, in: root.rawValue, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        guard opened != -ENOTDIR, opened != -ELOOP else {
            throw SystemError(ENOTDIR, "its \(temporariesName) is not a directory")
        }
        let temporaries = try FileDescriptor(opened: opened)
        try SystemError.check(cfs_check_writable(temporaries.rawValue))
        return temporaries
    }

    private static func write(
        _ text: String,
        as name: String,
        _ root: OpenDirectory,
        _ temporaries: OpenDirectory,
        _ settings: FilesystemSettings
    ) throws(SystemError) {
        while true {
            var file = try TemporaryFile.create(in: temporaries, permissions: settings.filePermissions)
            try file.write(Data(text.utf8))
            try file.synchronize()
            if try file.rename(to: name, in: root.rawValue) { return }
        }
    }
}
