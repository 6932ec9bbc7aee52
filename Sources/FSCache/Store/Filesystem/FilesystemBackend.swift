internal import Foundation
internal import Synchronization

/// Keeps each entry in a file of its own, `<root>/ab/cd/abcd….json`, for people and other programs to read, diff, edit
/// and ship.
///
/// Any number of tasks and processes may use one directory at the same time: a reader sees a whole entry or none, a
/// crash leaves whole entries, and what a dead writer left half done is swept when the directory is next opened.
/// Reading takes no lock. Whatever else lies in the directory is never read, listed, changed or removed.
///
/// Entries of up to 256 KiB are read and written on the calling thread, because the hop to another takes longer than
/// the reading; larger ones, and everything that may wait for a disk or a lock, run on threads of their own.
public final class FilesystemBackend: CacheBackend, InlineReadable {
    /// The absolute path of the cache's directory.
    public var rootPath: String { settings.rootPath }

    /// The size up to which an entry is read and written where the caller is.
    static let inlineByteCount = 256 << 10

    let settings: FilesystemSettings
    private let store: Mutex<StoreDirectory?>

    /// Opens a cache's directory.
    ///
    /// It and the directories around it are made where they are missing.
    ///
    /// A directory that is made, or was empty, is marked with a `CACHEDIR.TAG`, so that backup programs pass over it.
    ///
    /// - Parameters:
    ///   - root: Where the directory lies; `http_cache` among the user's caches by default.
    ///   - preferredExtension: The file extension that reads try first: that of the serializer which the cache mostly
    ///     writes. Entries of other extensions are found all the same, a little later.
    ///   - filePermissions: The permission bits of new files, whatever the process's file mode creation mask is;
    ///     `0o600` by default, because a cache tells what its user has read.
    ///   - directoryPermissions: The permission bits of new directories; `0o700` by default.
    ///   - synchronizes: Whether a write returns only when the entry is on the disk and outlives a power failure. Off
    ///     by default: a cache can be fetched again, an entry that a power failure tore is recognized when it is
    ///     decoded, a crash of the program alone loses nothing, and the wait is a hundred times the write.
    ///   - isReadOnly: Whether nothing at all is written. The directory must exist then; it needs no layout file.
    /// - Throws: ``FSCacheError/Code/unusableStore`` when the place can't hold a cache or holds one of a later layout,
    ///   ``FSCacheError/Code/invalidSetting`` when a parameter makes no sense.
    public convenience init(
        root: Location = .userCaches("http_cache"),
        preferredExtension: String = "cbor",
        filePermissions: UInt16 = 0o600,
        directoryPermissions: UInt16 = 0o700,
        synchronizes: Bool = false,
        isReadOnly: Bool = false
    ) throws(FSCacheError) {
        guard filePermissions & ~0o777 == 0, filePermissions & 0o600 == 0o600 else {
            throw FSCacheError(.invalidSetting, "Files need permissions from 0600 to 0777, such as 0640.")
        }
        guard directoryPermissions & ~0o7777 == 0, directoryPermissions & 0o700 == 0o700 else {
            throw FSCacheError(.invalidSetting, "Directories need permissions from 0700 to 07777, such as 0750.")
        }
        try self.init(
            settings: FilesystemSettings(
                rootPath: root.resolve(),
                isRootInSharedDirectory: root.isInSharedDirectory,
                preferredExtension: Self.checked(preferredExtension),
                filePermissions: Permissions(CUnsignedInt(filePermissions)),
                directoryPermissions: Permissions(CUnsignedInt(directoryPermissions)),
                synchronizes: synchronizes,
                isReadOnly: isReadOnly
            )
        )
    }

    init(settings: FilesystemSettings) throws(FSCacheError) {
        self.settings = settings
        self.store = try Mutex(StoreDirectory.open(settings))
    }

    /// Closes the directory, as soon as the calls that are under way have ended.
    public func close() async {
        store.withLock { $0 = nil }
    }

    func openStore() throws(FSCacheError) -> StoreDirectory {
        guard let store = store.withLock({ $0 }) else {
            throw FSCacheError(.closed, "The cache in \(rootPath) has been closed.")
        }
        return store
    }

    /// Makes the directory anew after somebody has removed it, unless another task has done so.
    func reopenStore(after gone: StoreDirectory) throws(FSCacheError) -> StoreDirectory {
        try store.withLock { store throws(FSCacheError) in
            guard let current = store else {
                throw FSCacheError(.closed, "The cache in \(rootPath) has been closed.")
            }
            guard current === gone else { return current }
            let fresh = try StoreDirectory.open(settings)
            store = fresh
            return fresh
        }
    }

    static func checked(_ fileExtension: String) throws(FSCacheError) -> FileExtension {
        guard let checked = FileExtension(fileExtension) else {
            throw FSCacheError(
                .invalidSetting,
                """
                \(fileExtension.debugDescription) can't be an entry's file extension: use up to 32 lower-case letters, \
                digits, and dots between them, without "\(FileExtension.setAsideMark)" at the end.
                """
            )
        }
        return checked
    }
}
