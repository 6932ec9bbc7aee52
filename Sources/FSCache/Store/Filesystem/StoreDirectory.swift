internal import CFileSystem

/// A cache's directory, opened: every path below goes from here, and none through a symbolic link.
///
///     CACHEDIR.TAG        tells backup programs that everything here can be made again
///     fscache.layout      the version of this layout
///     tmp/                files that are being written
///     ab/cd/abcd….cbor    the entries
///
/// All else is foreign: never read, listed, changed or removed.
///
/// Its calls block. They don't know of tasks; ``FilesystemBackend`` decides where they run.
final class StoreDirectory: Sendable {
    let settings: FilesystemSettings
    let root: OpenDirectory
    /// Where files are written; `nil` when the store is read-only.
    let temporaries: OpenDirectory?
    /// Whether the system follows a path without links in one call.
    let resolvesPathsInOneCall: Bool

    init(settings: FilesystemSettings, root: OpenDirectory, temporaries: OpenDirectory?) {
        self.settings = settings
        self.root = root
        self.temporaries = temporaries
        let probe = unsafe cfs_open_without_links(root.rawValue, ".", O_RDONLY | O_DIRECTORY)
        self.resolvesPathsInOneCall = probe >= 0 && settings.mayResolvePathsInOneCall
        if probe >= 0 { _ = cfs_close(probe) }
    }

    /// Opens an entry's file; `nil` when there is none.
    func open(_ file: EntryFile) throws(SystemError) -> FileDescriptor? {
        // Without O_NONBLOCK, opening a pipe that somebody has put there would wait for its writer.
        try Self.found(unsafe file.withPath { unsafe opened($0, O_RDONLY | O_NONBLOCK) })
    }

    /// Opens the directory of one level, or of both; `nil` when there is none.
    func openDirectory(_ path: String) throws(SystemError) -> FileDescriptor? {
        try Self.found(unsafe path.withCString { unsafe opened($0, O_RDONLY | O_DIRECTORY) })
    }

    private func opened(_ path: UnsafePointer<CChar>, _ flags: CInt) -> CInt {
        resolvesPathsInOneCall
            ? unsafe cfs_open_without_links(root.rawValue, path, flags)
            : unsafe cfs_open_by_components(root.rawValue, path, flags)
    }

    private static func found(_ opened: CInt) throws(SystemError) -> FileDescriptor? {
        if opened == -ENOENT { return nil }
        return try FileDescriptor(opened: opened)
    }

    func openShard(_ name: ShardName) throws(SystemError) -> Shard? {
        guard let descriptor = try openDirectory(name.path) else { return nil }
        return try Shard(descriptor)
    }

    func path(of file: EntryFile) -> String { "\(settings.rootPath)/\(file.path)" }
}
