internal import CFileSystem
internal import Foundation

/// The open directory of a cache.
///
/// All paths start here, and none follows a symbolic link, unless the store is read-only. Then the files may be links to
/// the real ones, as in the runfiles of Bazel.
///
///     CACHEDIR.TAG        tells backup programs to skip the directory
///     fscache.layout      the version of this layout
///     fscache.evictions   the number of evicted entries, if there are limits
///     tmp/0/              files that are being written, with one directory for each store that writes
///     ab/cd/abcd….cbor    the entries
///
/// All other files are foreign: they are never read, listed, changed or removed.
///
/// Calls block. ``FilesystemBackend`` decides which thread they run on.
final class StoreDirectory: Sendable {
    let settings: FilesystemSettings
    let root: OpenDirectory
    /// The directories of files that are being written; `nil` if the store is read-only.
    let temporaries: TemporaryDirectories?
    /// Is told of each change; `nil` if the cache has no limits.
    let evictor: Evictor?
    /// Whether the system can open a path without following links in one call.
    let resolvesPathsInOneCall: Bool

    init(
        settings: FilesystemSettings,
        root: OpenDirectory,
        temporaries: TemporaryDirectories?,
        evictor: Evictor? = nil
    ) {
        self.settings = settings
        self.root = root
        self.temporaries = temporaries
        self.evictor = evictor
        let probe = unsafe cfs_open_without_links(root.rawValue, ".", O_RDONLY | O_DIRECTORY)
        self.resolvesPathsInOneCall = probe >= 0 && settings.mayResolvePathsInOneCall
        if probe >= 0 { _ = cfs_close(probe) }
    }

    /// Whether another directory has taken the place of this one.
    var isReplaced: Bool {
        let opened = SystemCall.open(settings.rootPath, in: AT_FDCWD, O_RDONLY | O_DIRECTORY)
        guard let there = try? FileDescriptor(opened: opened).status(), let own = try? root.status() else {
            return false
        }
        return (there.device, there.inode) != (own.device, own.inode)
    }

    /// Whether links are followed.
    ///
    /// A planted link could redirect a write, but nothing is written then.
    var followsLinks: Bool { settings.isReadOnly }

    /// Opens an entry's file; `nil` if there is none.
    ///
    /// With `leavesAccessTime`, reading it does not count as use.
    func open(_ file: EntryFile, leavesAccessTime: Bool = false) throws(SystemError) -> FileDescriptor? {
        // Without O_NONBLOCK, opening a planted pipe would wait for its writer.
        let flags = O_RDONLY | O_NONBLOCK | (leavesAccessTime ? CFS_LEAVE_ACCESS_TIME : 0)
        return try Self.found(unsafe file.withPath { unsafe opened($0, flags) })
    }

    /// Opens a directory of the first or second level; `nil` if there is none.
    func openDirectory(_ path: String) throws(SystemError) -> FileDescriptor? {
        let result = unsafe path.withCString { unsafe opened($0, O_RDONLY | O_DIRECTORY) }
        guard result != -EACCES else { throw SystemError(EACCES, "The directory \(path) can't be read") }
        return try Self.found(result)
    }

    private func opened(_ path: UnsafePointer<CChar>, _ flags: CInt) -> CInt {
        if followsLinks { return unsafe cfs_open(root.rawValue, path, flags, 0) }
        return resolvesPathsInOneCall
            ? unsafe cfs_open_without_links(root.rawValue, path, flags)
            : unsafe cfs_open_by_components(root.rawValue, path, flags)
    }

    private static func found(_ opened: CInt) throws(SystemError) -> FileDescriptor? {
        if opened == -ENOENT { return nil }
        return try FileDescriptor(opened: opened)
    }

    func openShard(_ name: ShardName) throws(SystemError) -> Shard? {
        guard let descriptor = try openDirectory(name.path) else { return nil }
        return try Shard(descriptor, followsLinks: followsLinks, evictor: evictor)
    }

    func path(of file: EntryFile) -> String {
        unsafe file.withPath { unsafe "\(settings.rootPath)/" + String(cString: $0) }
    }
}

extension StoreDirectory {
    /// The names of the directories of the first level, or of the second level below `first`, in order.
    func directories(below first: UInt8? = nil) throws(SystemError) -> [UInt8] {
        var names: [UInt8] = []
        try skippingForeign { () throws(SystemError) in
            guard let directory = try openDirectory(first.map(ShardName.digits) ?? ".") else { return }
            try DirectoryStream(directory).forEachName { name in
                if let byte = ShardName.byte(name) { names.append(byte) }
                return true
            }
        }
        return names.sorted()
    }

    /// The files of all entries in a shard with their status, in order.
    func files(in name: ShardName) throws(SystemError) -> [(file: EntryFile, status: cfs_status)] {
        try inShard(name) { shard throws(SystemError) in try shard.files(in: name) }?.sorted { $0.file < $1.file } ?? []
    }

    /// The files of all entries in a shard with their status and the content of small ones, in order.
    func contents(
        in name: ShardName,
        upTo limit: Int
    ) throws(SystemError) -> [(file: EntryFile, status: cfs_status, bytes: Data?)] {
        try inShard(name) { shard throws(SystemError) in try shard.contents(in: name, upTo: limit) }?
            .sorted { $0.file < $1.file } ?? []
    }

    /// The number of entries in a shard.
    func count(in name: ShardName) throws(SystemError) -> Int {
        try inShard(name) { shard throws(SystemError) in try shard.count(in: name) } ?? 0
    }

    /// `nil` if there is no such shard, or if its name belongs to a foreign file.
    private func inShard<Value>(
        _ name: ShardName,
        _ body: (borrowing Shard) throws(SystemError) -> Value
    ) throws(SystemError) -> Value? {
        var value: Value?
        try skippingForeign { () throws(SystemError) in
            if let shard = try openShard(name) { value = try body(shard) }
        }
        return value
    }

    /// Ignores foreign files and symbolic links with the name of a directory.
    func skippingForeign(_ body: () throws(SystemError) -> Void) throws(SystemError) {
        do {
            try body()
        } catch let error where error.number == ENOTDIR || error.number == ELOOP {
            return
        }
    }
}
