internal import CFileSystem
internal import Foundation
internal import Synchronization

/// Keeps each entry in its own file, `<root>/ab/cd/abcd….json`.
///
/// People and other programs can read, diff, edit and ship the files.
///
/// Any number of tasks and processes can use one directory concurrently. A reader sees a complete entry or none. A
/// crash leaves only complete entries, and temporary files that are removed when the directory is next opened. Reading
/// takes no lock. Other files in the directory are never read, listed, changed or removed.
///
/// Entries of up to 256 KiB are read and written on the calling thread, because changing threads would take longer. Larger
/// ones, and all work that may wait for a disk or a lock, use other threads. If reads stall, as on a network disk, they all
/// move to other threads for a while.
public final class FilesystemBackend: ImmediateBackend, StreamingBackend, QuarantiningBackend, ComparingBackend,
    ClearableBackend, BoundedBackend, SweepingBackend, ScanningBackend, CountingBackend
{
    /// How much the directory may hold.
    public var limits: StoreLimits { settings.limits }
    /// How many entries this backend has evicted since it was opened.
    public var evictionCount: Int { evictor?.evictionCount ?? 0 }
    /// The absolute path of the cache's directory.
    public var rootPath: String { settings.rootPath }

    /// The maximum size of an entry that is read or written on the calling thread.
    static let inlineByteCount = 256 << 10

    let settings: FilesystemSettings
    let pace = ReadPace()
    /// `nil` without limits, and in a read-only cache.
    let evictor: Evictor?
    /// The evictor's step that is under way.
    let eviction = Mutex<Task<Void, Never>?>(nil)
    let leases = FileLeases()
    private let store: Mutex<StoreDirectory?>

    /// Opens a cache's directory, and creates it and its parents if they are missing.
    ///
    /// A new or empty directory gets a `CACHEDIR.TAG`, so that backup programs skip it.
    ///
    /// - Parameters:
    ///   - root: The location of the directory. Default: `http_cache` in the user's cache directory.
    ///   - preferredExtension: The file extension that reads try first. Use that of the cache's serializer: entries
    ///     with other extensions take a little longer to find.
    ///   - filePermissions: The permission bits of new files, regardless of the process's file mode creation mask.
    ///     Default: `0o600`, because a cache reveals what its user has read.
    ///   - directoryPermissions: The permission bits of new directories. Default: `0o700`.
    ///   - synchronizes: Whether a write waits until the entry is on the disk and would survive a power failure. Default:
    ///     no, because waiting takes a hundred times longer than writing. A crash of the program loses nothing, an entry
    ///     damaged by a power failure is detected when it is decoded, and its response can be fetched again.
    ///   - limits: How much the directory may hold. Default: no limits.
    ///   - isReadOnly: Whether nothing is written. If so, the directory must exist, but needs no layout file, and
    ///     it and the files in it may be symbolic links.
    /// - Throws: ``FSCacheError/Code/unusableStore`` when the directory can't hold a cache, or has a later layout;
    ///   ``FSCacheError/Code/invalidSetting`` when a parameter is out of range.
    public convenience init(
        root: Location = .userCaches("http_cache"),
        preferredExtension: String = "cbor",
        filePermissions: UInt16 = 0o600,
        directoryPermissions: UInt16 = 0o700,
        synchronizes: Bool = false,
        limits: StoreLimits = StoreLimits(),
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
                limits: limits,
                isReadOnly: isReadOnly
            )
        )
    }

    init(settings: FilesystemSettings) throws(FSCacheError) {
        self.settings = settings
        let evictor =
            settings.limits.boundsStore && !settings.isReadOnly ? Evictor(settings.limits, now: settings.now) : nil
        self.evictor = evictor
        self.store = try Mutex(StoreDirectory.open(settings, evictor))
    }

    /// Closes the directory after the running calls have ended.
    ///
    /// It waits for the eviction that is under way.
    public func close() async {
        await eviction.withLock { $0 }?.value
        store.withLock { $0 = nil }
        leases.close()
    }

    func openStore() throws(FSCacheError) -> StoreDirectory {
        guard let store = store.withLock({ $0 }) else {
            throw FSCacheError(.closed, "The cache in \(rootPath) has been closed.")
        }
        return store
    }

    /// Opens the directory again if somebody has put another one in its place, such as a new checkout.
    ///
    /// Only a miss calls this: the few system calls are nothing beside the request that follows.
    ///
    /// - Returns: Whether it did.
    func reopenIfReplaced() throws(FSCacheError) -> Bool {
        let store = try openStore()
        guard store.isReplaced else { return false }
        _ = try reopenStore(after: store)
        return true
    }

    /// Creates the directory again after somebody has removed it, unless another task has done so.
    func reopenStore(after gone: StoreDirectory) throws(FSCacheError) -> StoreDirectory {
        try store.withLock { store throws(FSCacheError) in
            guard let current = store else {
                throw FSCacheError(.closed, "The cache in \(rootPath) has been closed.")
            }
            guard current === gone else { return current }
            let fresh = try StoreDirectory.open(settings, evictor)
            evictor?.forget()
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

/// The checked settings of a filesystem backend.
struct FilesystemSettings: Sendable {
    var rootPath: String
    /// Whether anybody may write to the parent directory, so the root's owner must be checked.
    var isRootInSharedDirectory = false
    var preferredExtension: FileExtension
    var filePermissions = Permissions(0o600)
    var directoryPermissions = Permissions(0o700)
    var synchronizes = false
    var limits = StoreLimits()
    var isReadOnly = false
    /// Tests set this to `false` to simulate systems without `openat2`.
    var mayResolvePathsInOneCall = true
    /// The clock by which uses are marked.
    var now: @Sendable () -> Date = { Date() }
}

/// The permission bits of a new file or directory.
struct Permissions: Sendable, Hashable {
    let rawValue: CUnsignedInt

    init(_ rawValue: CUnsignedInt) {
        self.rawValue = rawValue
    }

    /// Whether only the owner has permissions, which file mode creation masks normally don't remove.
    var areOwnersAlone: Bool { rawValue & ~0o700 == 0 }

    /// Restores the permissions that the process's file mode creation mask has removed.
    func apply(to descriptor: CInt) throws(SystemError) {
        guard !areOwnersAlone else { return }
        try SystemError.check(cfs_set_permissions(descriptor, rawValue))
    }
}
