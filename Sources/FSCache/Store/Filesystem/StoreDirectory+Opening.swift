internal import CFileSystem
internal import Foundation

extension StoreDirectory {
    static let layoutVersion = 1
    static let layoutName = "fscache.layout"
    static let tagName = "CACHEDIR.TAG"
    static let evictionsName = "fscache.evictions"
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
        let layout = try readLayout(root, followsLinks: settings.isReadOnly)
        if let layout, layout.version > layoutVersion {
            let reader = layout.reader.map { ", which \($0) and later versions read" } ?? ""
            let reason = "it has layout \(layout.version)\(reader); this version knows layouts up to \(layoutVersion)"
            throw SystemError(EPROTO, reason)
        }
        guard !settings.isReadOnly else { return StoreDirectory(settings: settings, root: root, temporaries: nil) }
        try SystemError.check(cfs_check_writable(root.rawValue))
        let holdsForeignFiles = try holdsForeignFiles(root)
        let temporaries = try TemporaryDirectories(in: root, settings)
        if layout == nil {
            // In a directory with foreign files, the tag would exclude them from backups.
            if !holdsForeignFiles { try write(tag, as: tagName, root, temporaries) }
            try writeLayout(root, settings)
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
        case EMFILE, ENFILE: "Close some files, or raise the limit (ulimit -n)."
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

    /// What a layout file says: the version, and perhaps the first version of FSCache that reads it, as `FSCache 2.0`.
    private struct Layout {
        var version: Int
        var reader: String?
    }

    /// The contents of the layout file; `nil` if there is no file yet, or if a power failure left it empty.
    private static func readLayout(_ root: OpenDirectory, followsLinks: Bool) throws(SystemError) -> Layout? {
        let flags = O_RDONLY | O_NONBLOCK | (followsLinks ? 0 : O_NOFOLLOW)
        let opened = SystemCall.open(layoutName, in: root.rawValue, flags)
        guard opened != -ENOENT else { return nil }
        guard opened != -ELOOP else { throw SystemError(ELOOP, "its \(layoutName) is a symbolic link") }
        let file = try FileDescriptor(opened: opened)
        guard try file.status().is_regular != 0 else { throw SystemError(EPROTO, "its \(layoutName) is not a file") }
        let lines = try String(decoding: file.readBytes(64), as: UTF8.self).split(whereSeparator: \.isNewline)
            .map { $0.trimmingCharacters(in: .whitespaces) }
        guard let first = lines.first, !first.isEmpty else { return nil }
        guard let version = Int(first), version > 0 else {
            throw SystemError(EPROTO, "its \(layoutName) has no version number")
        }
        let reader = lines.dropFirst().first.flatMap { line in
            line.hasPrefix("FSCache ") && line.unicodeScalars.allSatisfy { (" "..."~").contains($0) } ? line : nil
        }
        return Layout(version: version, reader: reader)
    }

    /// Writes the layout file in place.
    ///
    /// Other processes may do so at the same time, or have a lease on it already, so it is not replaced.
    private static func writeLayout(_ root: OpenDirectory, _ settings: FilesystemSettings) throws(SystemError) {
        let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK
        let opened = SystemCall.open(layoutName, in: root.rawValue, flags, settings.filePermissions.rawValue)
        let file = try FileDescriptor(opened: opened)
        try settings.filePermissions.apply(to: file.rawValue)
        let text = "\(layoutVersion)\n"
        try SystemError.check(unsafe cfs_write_at(file.rawValue, text, text.utf8.count, 0))
        try SystemError.check(cfs_synchronize(file.rawValue))
    }

    private static func holdsForeignFiles(_ root: OpenDirectory) throws(SystemError) -> Bool {
        let own = [layoutName, tagName, evictionsName, TemporaryDirectories.name]
        let opened = SystemCall.open(".", in: root.rawValue, O_RDONLY | O_DIRECTORY)
        var foundForeign = false
        try DirectoryStream(FileDescriptor(opened: opened)).forEachName { name in
            foundForeign = ShardName.byte(name) == nil && !own.contains(name)
            return !foundForeign
        }
        return foundForeign
    }

    private static func write(
        _ text: String,
        as name: String,
        _ root: OpenDirectory,
        _ temporaries: TemporaryDirectories
    ) throws(SystemError) {
        while true {
            var file = try temporaries.makeFile()
            try file.write(Data(text.utf8))
            try file.synchronize()
            if try file.rename(to: name, in: root.rawValue) { return }
        }
    }
}
