#if SQLite
import FSCache
import FSCacheTesting
import FSCacheSQLite
import Foundation
import Synchronization
import TestSupport

/// A database that another process locks, as it does while it makes or recovers one.
final class LockedDatabase: LosableStore {
    private static let script = """
        import fcntl, os, sys, time
        path = sys.argv[1]
        file = open(path, "r+b")
        try:
            # The bytes on which SQLite has its locks. Each open connection shares the last 510 of them.
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 512, 0x40000000)
        except OSError:
            # Without a valid index of the log, readers wait until the process with these locks has made another.
            index = open(path + "-shm", "r+b")
            fcntl.lockf(index, fcntl.LOCK_EX, 3, 120)
            os.pwrite(index.fileno(), bytes(136), 0)
        open(path + ".locked", "w").close()
        time.sleep(600)
        """

    private let folder: Folder
    /// The identifier of the process that has the locks.
    private let holder = Mutex<pid_t?>(nil)

    init(_ folder: Folder) async throws {
        self.folder = folder
        try await folder.open().close()
    }

    deinit { release() }

    func open() async throws -> any CacheBackend { try folder.open(timeout: .milliseconds(20)) }

    func lose() async throws {
        let path = folder("cache.sqlite")
        let program = try Program(URL(filePath: "/usr/bin/env"), ["python3", "-c", Self.script, path])
        let identifier = program.process.processIdentifier
        holder.withLock { $0 = identifier }
        try await eventually { FileManager.default.fileExists(atPath: path + ".locked") }
    }

    func restore() async throws { release() }

    private func release() {
        if let identifier = holder.withLock({ $0.take() }) { _ = kill(identifier, SIGKILL) }
    }
}
#endif
