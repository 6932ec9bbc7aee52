#if SQLite
internal import Dispatch
internal import FSCache
internal import Foundation
internal import GRDB
internal import Synchronization

/// A time limit, on the clock of `DispatchTime`.
struct Deadline: Sendable {
    /// The time in nanoseconds.
    let uptime: UInt64

    /// The time that has always passed, so that nothing waits.
    static let passed = Deadline(uptime: 0)

    static func after(_ duration: Duration) -> Deadline {
        let nanoseconds = duration.timeInterval * 1e9
        return Deadline(uptime: DispatchTime.now().uptimeNanoseconds + UInt64(max(0, min(nanoseconds, 1e18))))
    }

    private init(uptime: UInt64) {
        self.uptime = uptime
    }

    var hasPassed: Bool { DispatchTime.now().uptimeNanoseconds >= uptime }
}

/// A connection to a database, which waits for the locks of other processes until a deadline.
final class Connection: Sendable {
    /// Waits while another process has a lock.
    private final class Patience: Sendable {
        let deadline: Atomic<UInt64>

        init(until deadline: Deadline) {
            self.deadline = Atomic(deadline.uptime)
        }

        /// - Returns: Whether to try again.
        func wait(after tries: Int) -> Bool {
            guard DispatchTime.now().uptimeNanoseconds < deadline.load(ordering: .relaxed) else { return false }
            // Transactions mostly take less than a millisecond.
            Thread.sleep(forTimeInterval: min(0.001 * Double(tries + 1), 0.02))
            return true
        }
    }

    private let queue: DatabaseQueue
    private let patience: Patience

    /// Opens a connection.
    ///
    /// - Parameters:
    ///   - path: The path of the database, or `:memory:`.
    ///   - isReadOnly: Whether the connection can only read.
    ///   - deadline: How long to wait for locks.
    /// - Throws: `DatabaseError`.
    init(_ path: String, isReadOnly: Bool, until deadline: Deadline) throws {
        let patience = Patience(until: deadline)
        var configuration = Configuration()
        configuration.readonly = isReadOnly
        configuration.foreignKeysEnabled = false
        configuration.label = "FSCacheSQLite"
        // A reader of a large entry stays in a transaction.
        configuration.allowsUnsafeTransactions = true
        configuration.busyMode = .callback { patience.wait(after: $0) }
        self.patience = patience
        self.queue = try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Uses the connection on the calling thread, which waits for locks until the deadline.
    func use<Value>(until deadline: Deadline, _ body: (Database) throws -> Value) throws -> Value {
        try queue.unsafeRead { database in
            patience.deadline.store(deadline.uptime, ordering: .relaxed)
            return try body(database)
        }
    }

    /// Uses the connection on its own thread, after all earlier uses.
    func enqueue(until deadline: Deadline = .passed, _ body: @escaping @Sendable (Database) -> Void) {
        queue.asyncWriteWithoutTransaction { database in
            self.patience.deadline.store(deadline.uptime, ordering: .relaxed)
            body(database)
        }
    }

    /// Closes the connection after all earlier uses.
    func close() {
        try? queue.close()
    }
}
#endif
