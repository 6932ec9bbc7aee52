#if MongoDB
internal import FSCache
internal import Foundation
internal import Synchronization

/// A server, its connections, and the threads that wait for it.
final class MongoDBServer: Sendable {
    private enum State {
        case unconnected
        case connected(DriverPool)
        /// The pool is there until the running operations have ended.
        case closed(DriverPool?)
    }

    /// The servers and the database, without secrets.
    let name: String
    private let database: String
    private let uri: DriverURI
    private let operationTimeLimit: Duration
    private let availability: StoreAvailability
    /// Has as many threads as there are connections.
    private let queue = OperationQueue()
    private let state = Mutex(State.unconnected)

    init(_ url: String, _ settings: MongoDBSettings) throws(FSCacheError) {
        uri = try DriverURI(url, settings)
        database = uri.database ?? "fscache"
        name = "\(uri.name), database \(database)"
        operationTimeLimit = settings.operationTimeLimit
        availability = StoreAvailability(name)
        queue.maxConcurrentOperationCount = uri.maximumConnections
    }

    /// Closes the connections after the running operations have ended.
    func close() async {
        state.withLock { state in
            if case .connected(let pool) = state { state = .closed(pool) } else { state = .closed(nil) }
        }
        await withCheckedContinuation { continuation in
            queue.addBarrierBlock { [self] in
                // Releasing the pool waits for libmongoc's own threads.
                state.withLock { $0 = .closed(nil) }
                continuation.resume()
            }
        }
    }

    /// Runs commands on a thread of its own, unless the server has failed lately.
    ///
    /// - Parameters:
    ///   - what: What the commands are for, after "Can't" in messages.
    ///   - work: Runs commands.
    /// - Returns: The work's result.
    /// - Throws: ``FSCacheError/Code/storeFailed``, ``FSCacheError/Code/storeUnavailable``,
    ///   ``FSCacheError/Code/closed``, and the errors of the work.
    func run<Value: Sendable>(
        _ what: String,
        _ work: @escaping @Sendable (MongoDBConnection) throws -> Value
    ) async throws -> Value {
        _ = try openPool()
        do {
            return try await availability.run(isOutage: { ($0 as? DriverError)?.isOutage ?? false }) {
                try await enqueue(work)
            }
        } catch let error as DriverError {
            throw FSCacheError(.storeFailed, "Can't \(what) in \(name): \(error).")
        }
    }

    private func enqueue<Value: Sendable>(
        _ work: @escaping @Sendable (MongoDBConnection) throws -> Value
    ) async throws -> Value {
        let deadline = ContinuousClock.now + operationTimeLimit
        return try await withCheckedThrowingContinuation { continuation in
            queue.addOperation { [self] in
                continuation.resume(
                    with: Result {
                        guard ContinuousClock.now <= deadline else { throw DriverError.busy }
                        return try connect().withClient { try work(MongoDBConnection(client: $0, database: database)) }
                    }
                )
            }
        }
    }

    private func connect() throws -> DriverPool {
        if let pool = try openPool() { return pool }
        // This may look up hosts, so don't keep others waiting for the lock.
        let pool = try DriverPool(uri)
        state.withLock { if case .unconnected = $0 { $0 = .connected(pool) } }
        return try openPool() ?? pool
    }

    func checkOpen() throws(FSCacheError) { _ = try openPool() }

    private func openPool() throws(FSCacheError) -> DriverPool? {
        switch state.withLock({ $0 }) {
        case .unconnected: return nil
        case .connected(let pool): return pool
        case .closed: throw FSCacheError(.closed, "The cache in \(name) has been closed.")
        }
    }
}

/// A connection that runs commands in one database, on the calling thread.
struct MongoDBConnection {
    let client: DriverClient
    let database: String

    /// Finds documents, at most as many as fit one reply; several are in the order of their `_id`.
    func find(
        in collection: String,
        where filter: CommandValue,
        fields: CommandValue? = nil,
        limit: Int = 1
    ) throws(DriverError) -> [BSONDocument] {
        var command: [(name: String, value: CommandValue)] = [
            ("find", .string(collection)), ("filter", filter), ("limit", .integer(limit)), ("singleBatch", true),
        ]
        if let fields { command.append(("projection", fields)) }
        // Servers find a single document faster if they needn't sort.
        if limit > 1 { command += [("sort", ["_id": 1]), ("batchSize", .integer(limit))] }
        let reply = try client.run(.map(command), in: database, writes: false)
        return reply[document: "cursor"]?[documents: "firstBatch"] ?? []
    }

    /// Replaces one document.
    ///
    /// - Returns: Whether there was one.
    func replace(
        in collection: String,
        where filter: CommandValue,
        with document: CommandValue,
        inserts: Bool = false
    ) throws(DriverError) -> Bool {
        let update: CommandValue = ["q": filter, "u": document, "upsert": .bool(inserts)]
        let reply = try client.run(["update": .string(collection), "updates": [update]], in: database, writes: true)
        return reply[integer: "n"] == 1
    }

    /// Inserts a document.
    ///
    /// - Returns: Whether there was none with its `_id`.
    func insert(_ document: CommandValue, into collection: String) throws(DriverError) -> Bool {
        do {
            let command: CommandValue = ["insert": .string(collection), "documents": [document]]
            _ = try client.run(command, in: database, writes: true)
            return true
        } catch let error where error.isDuplicateKey {
            return false
        }
    }

    /// Changes documents.
    func update(
        in collection: String,
        where filter: CommandValue,
        with change: CommandValue
    ) throws(DriverError) {
        let update: CommandValue = ["q": filter, "u": change, "multi": true]
        _ = try client.run(["update": .string(collection), "updates": [update]], in: database, writes: true)
    }

    /// Removes documents.
    ///
    /// - Returns: Whether there was one.
    @discardableResult
    func delete(from collection: String, where filter: CommandValue) throws(DriverError) -> Bool {
        let command: CommandValue = ["delete": .string(collection), "deletes": [["q": filter, "limit": 0]]]
        return try client.run(command, in: database, writes: true)[integer: "n"] != 0
    }

    /// Makes the server remove documents at the time in one of their fields.
    func createExpiryIndex(on collection: String, field: String) throws(DriverError) {
        let index: CommandValue = [
            "key": [field: 1], "name": .string(field), "expireAfterSeconds": 0,
        ]
        _ = try client.run(["createIndexes": .string(collection), "indexes": [index]], in: database, writes: true)
    }
}
#endif
