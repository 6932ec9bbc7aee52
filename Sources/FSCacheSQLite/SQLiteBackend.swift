#if SQLite
public import FSCache
internal import Foundation
public import Logging
internal import GRDB
internal import Synchronization

/// Keeps all entries in one SQLite database.
///
/// ```swift
/// let session = try CachedSession("api", backend: .sqlite)                // ~/.cache/api.sqlite
/// let other = try CachedSession(backend: .sqlite("~/caches/api.sqlite"))
/// ```
///
/// Any number of tasks and processes can use one database concurrently, on one machine. A reader sees a complete entry or
/// none, and doesn't wait for writers. Entries of up to 256 KiB are read on the calling thread, because changing threads
/// would take longer. All other work uses other threads.
///
/// A crash of a program loses nothing. A power failure can lose the last entries, but damages nothing, as long as the disk
/// keeps its promises. A damaged database is renamed, and a new one takes its place. While another program has the database
/// locked for longer than the time limit, responses are fetched as if there were no cache.
public final class SQLiteBackend: ImmediateBackend, StreamingBackend, QuarantiningBackend, ComparingBackend,
    ExpiringBackend, ClearableBackend, BoundedBackend, SweepingBackend, CountingBackend
{
    /// The absolute path of the database, or `:memory:`.
    public let path: String

    let settings: SQLiteSettings
    private let state: Mutex<State>
    /// Held while the database is opened or renamed, with the failure of the last attempt to open it.
    private let opening = Mutex<(any Error)?>(nil)
    private let attemptCount = Atomic(0)
    /// Gives up the drafts of writers that were released, one after the other.
    let abandonment = Mutex<Task<Void, Never>?>(nil)
    /// Hits that are not in the database yet.
    let marks = Mutex(UseMarks())
    /// Writes them.
    let marking = Mutex<Task<Void, Never>?>(nil)
    let evictions = Atomic(0)
    let pace = ReadPace()
    /// Whether the database can be read.
    let reading: StoreAvailability
    /// Whether the database can be written: while another program writes for long, it can only be read.
    let writing: StoreAvailability

    private enum State {
        /// The database can't be opened yet.
        case waiting
        case open(DatabaseFile)
        case closed
    }

    /// Opens a database, and creates it and the directories above it if they are missing.
    ///
    /// Only the user who runs the program can read and write the new files, regardless of the file mode creation mask.
    ///
    /// - Parameters:
    ///   - path: The path of the database. Text without a slash that doesn't begin with a tilde or a dot is a name in the
    ///     user's cache directory. `~` at the beginning stands for the home directory. `:memory:` is a database in memory,
    ///     for the lifetime of the backend. Default: `http_cache.sqlite`.
    ///   - timeout: How long an operation waits for the locks of other programs, which is as long as a request can be
    ///     delayed. Programs that use FSCache have the database locked for milliseconds, except while they vacuum or clear
    ///     it. Default: 1 second.
    ///   - autoVacuums: Whether the file shrinks whenever an entry is removed, which makes removals slower. It has an effect
    ///     when the database is created, and in ``vacuum()``. Default: no, so that new entries use the space.
    ///   - limits: How much the database may hold. Default: no limits.
    ///   - isReadOnly: Whether nothing is written. If so, a missing database is an empty cache.
    ///   - logger: Receives a warning when a damaged database is renamed.
    /// - Throws: ``FSCacheError`` with ``FSCacheError/Code/unusableStore`` when the file can't be created or written, belongs
    ///   to another program, or has a later version; with ``FSCacheError/Code/invalidSetting`` when a parameter is out of
    ///   range. A database that is locked is no reason to throw: it is used when it is free.
    public convenience init(
        path: String = "http_cache.sqlite",
        timeout: Duration = .seconds(1),
        autoVacuums: Bool = false,
        limits: StoreLimits = StoreLimits(),
        isReadOnly: Bool = false,
        logger: Logger = Logger(label: "FSCacheSQLite")
    ) throws(FSCacheError) {
        guard timeout >= .zero, timeout <= .seconds(3600) else {
            throw FSCacheError(.invalidSetting, "The time limit of an SQLite database is between 0 and 3600 seconds.")
        }
        let settings = SQLiteSettings(
            timeout: timeout,
            autoVacuums: autoVacuums,
            limits: limits,
            isReadOnly: isReadOnly,
            logger: logger
        )
        try self.init(path, settings)
    }

    init(_ path: String, _ settings: SQLiteSettings) throws(FSCacheError) {
        self.path = path == Self.memoryPath ? path : try FilesystemBackend.Location.named(path).resolve()
        self.settings = settings
        self.state = Mutex(.waiting)
        self.reading = StoreAvailability(self.path)
        self.writing = StoreAvailability(self.path)
        do {
            _ = try openFile()
        } catch let error as FSCacheError {
            throw error
        } catch {
            // The database may be free later, and the first operation says why it is not.
        }
    }

    static let memoryPath = ":memory:"

    /// Closes the database after the running calls have ended.
    ///
    /// Readers of large entries can go on.
    public func close() async {
        await abandonment.withLock { $0 }?.value
        await marking.withLock { $0 }?.value
        await writeMarks()
        let file = state.withLock { state in
            defer { state = .closed }
            return if case .open(let file) = state { file } else { nil as DatabaseFile? }
        }
        guard let file else { return }
        try? await BlockingWork.run { file.close() }
    }
}

// MARK: - Opening

extension SQLiteBackend {
    /// The open database; `nil` if it must be opened first.
    ///
    /// - Throws: ``FSCacheError/Code/closed``.
    var current: DatabaseFile? {
        get throws(FSCacheError) {
            try state.withLock { state throws(FSCacheError) in
                switch state {
                case .open(let file): return file
                case .waiting: return nil
                case .closed: throw FSCacheError(.closed, "The cache in \(path) has been closed.")
                }
            }
        }
    }

    /// Opens the database, or another one that has taken its place, on a thread that may wait.
    ///
    /// - Returns: `nil` if it is missing and the cache is read-only.
    func openFile() throws -> DatabaseFile? {
        let seenCount = attemptCount.load(ordering: .relaxed)
        return try opening.withLock { failure in
            if let file = try current {
                guard file.isOutdated else { return file }
                retire(file)
            }
            // Tasks that have waited for this attempt don't wait for another one.
            if let failure, attemptCount.load(ordering: .relaxed) != seenCount { throw failure }
            attemptCount.add(1, ordering: .relaxed)
            failure = nil
            let file: DatabaseFile?
            do {
                file =
                    path == Self.memoryPath
                    ? try DatabaseFile.openInMemory(settings)
                    : try DatabaseFile.open(FilePlace(path: path), settings)
            } catch {
                failure = error
                throw error
            }
            guard let file else { return nil }
            let isClosed = state.withLock { state in
                if case .closed = state { return true }
                state = .open(file)
                return false
            }
            if isClosed { file.close() }
            return try current
        }
    }

    /// Renames a damaged database, so that a new one is opened.
    func setAside(_ file: DatabaseFile, because error: DatabaseError) throws {
        try opening.withLock { _ in
            guard try current === file else { return }
            if error.isDamage { try file.setAside(because: error) }
            retire(file)
        }
    }

    private func retire(_ file: DatabaseFile) {
        state.withLock { state in
            if case .open = state { state = .waiting }
        }
        file.close()
    }
}
#endif
