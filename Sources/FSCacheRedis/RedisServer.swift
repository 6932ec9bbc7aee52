#if Redis
internal import FSCache
internal import Synchronization

/// One server and the pool of connections to it.
final class RedisServer: Sendable {
    private struct Waiter {
        var deadline: ContinuousClock.Instant
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var idle: [RedisConnection] = []
        var busyCount = 0
        /// The operations that wait for a connection, the longest waiting one first.
        var waiters: ArraySlice<Waiter> = []
        var isClosed = false
    }

    let address: RedisAddress
    private let settings: RedisSettings
    private let availability: StoreAvailability
    let pace = ReplyPace()
    private let state = Mutex(State())

    init(_ address: RedisAddress, _ settings: RedisSettings) {
        self.address = address
        self.settings = settings
        self.availability = StoreAvailability("Redis at \(address)")
    }

    /// Whether the server worked when it was last asked.
    var isAvailable: Bool { availability.isAvailable }

    /// Sends commands and waits for their replies.
    ///
    /// - Parameter commands: The commands.
    /// - Returns: A reply for each command.
    /// - Throws: ``RedisError`` if the server is lost, and ``FSCacheError`` if it isn't asked.
    func send(_ commands: RedisCommands) async throws -> [RedisReply] {
        try await takeTurn()
        defer { endTurn() }
        // After waiting for the turn, because the server may have been lost meanwhile.
        return try await availability.run(isOutage: { ($0 as? RedisError)?.isOutage == true }) {
            if let connection = idleConnection() { return try await exchange(commands, over: connection) }
            // The system resolves names without a limit. Everything else keeps the deadline by itself, so this one is later.
            return try await withTimeLimit(settings.timeout * 5 / 4) {
                let deadline = ContinuousClock.now + self.settings.timeout
                return try self.finish(RedisExchange(commands), by: deadline)
            }
        }
    }

    /// Sends commands over an idle connection.
    ///
    /// A server nearby is waited for on the calling thread, because it replies sooner than threads are changed.
    private func exchange(_ commands: RedisCommands, over connection: RedisConnection) async throws -> [RedisReply] {
        let deadline = ContinuousClock.now + settings.timeout
        var begun = RedisExchange(commands)
        if pace.begin() {
            let isComplete = try withoutIdleConnectionsOnError {
                try connection.advance(&begun, until: .now + ReplyPace.limit)
            }
            if isComplete { return try accept(begun.replies, from: connection) }
            pace.noteSlowReply()
        }
        return try await BlockingWork.run { [self, begun] in try finish(begun, over: connection, by: deadline) }
    }

    /// Sends the rest of the commands over an idle connection or a new one.
    private func finish(
        _ exchange: RedisExchange,
        over idle: RedisConnection? = nil,
        by deadline: ContinuousClock.Instant
    ) throws -> [RedisReply] {
        var exchange = exchange
        let connection = try withoutIdleConnectionsOnError {
            let connection = try idle ?? RedisConnection(to: address, settings, by: deadline)
            guard try connection.advance(&exchange, until: deadline) else { throw RedisError.late }
            return connection
        }
        return try accept(exchange.replies, from: connection)
    }

    /// Makes the connection of a complete exchange idle, unless the server can't do its work.
    private func accept(_ replies: [RedisReply], from connection: RedisConnection) throws -> [RedisReply] {
        try withoutIdleConnectionsOnError {
            for reply in replies { if let outage = RedisError(outage: reply) { throw outage } }
        }
        state.withLock { state in if !state.isClosed { state.idle.append(connection) } }
        return replies
    }

    /// Closes the idle connections after an error, because they are probably broken, too.
    private func withoutIdleConnectionsOnError<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            closeIdleConnections()
            throw error
        }
    }

    private func idleConnection() -> RedisConnection? {
        while let connection = state.withLock({ $0.idle.popLast() }) {
            if connection.isUsable { return connection }
        }
        return nil
    }

    private func closeIdleConnections() {
        // They are closed outside the lock.
        _ = state.withLock { state in
            defer { state.idle = [] }
            return state.idle
        }
    }

    /// Closes the idle connections, and the others after use.
    func close() {
        state.withLock { $0.isClosed = true }
        closeIdleConnections()
    }

    // MARK: Turns

    /// Waits until fewer operations than allowed use the server.
    private func takeTurn() async throws(FSCacheError) {
        let isFree = state.withLock { state in
            guard state.busyCount < settings.maxConnections else { return false }
            state.busyCount += 1
            return true
        }
        if isFree { return }
        let isGranted = await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.busyCount < settings.maxConnections {
                    state.busyCount += 1
                    return true
                }
                state.waiters.append(Waiter(deadline: .now + settings.timeout, continuation: continuation))
                return false
            }
            if isFree { continuation.resume(returning: true) }
        }
        guard isGranted else {
            throw FSCacheError(
                .storeFailed,
                "All \(settings.maxConnections) connections to Redis at \(address) were busy for \(settings.timeout). "
                    + "Raise maxConnections."
            )
        }
    }

    /// Gives the turn to the next operation that has not waited too long.
    private func endTurn() {
        let now = ContinuousClock.now
        let (late, next) = state.withLock { state in
            var late: [Waiter] = []
            while let waiter = state.waiters.popFirst() {
                if waiter.deadline > now { return (late, waiter as Waiter?) }
                late.append(waiter)
            }
            state.busyCount -= 1
            return (late, nil)
        }
        for waiter in late { waiter.continuation.resume(returning: false) }
        next?.continuation.resume(returning: true)
    }
}

/// Waits for blocking work up to a limit.
///
/// After that, the work goes on, and its result is dropped.
///
/// - Parameters:
///   - limit: The longest time to wait.
///   - work: The work.
/// - Returns: The result of the work.
/// - Throws: The error of the work, or ``RedisError`` after the limit.
func withTimeLimit<Value: Sendable>(
    _ limit: Duration,
    _ work: @escaping @Sendable () throws -> Value
) async throws -> Value {
    let (results, continuation) = AsyncThrowingStream.makeStream(of: Value.self)
    Task {
        do {
            continuation.yield(try await BlockingWork.run(work))
        } catch {
            continuation.finish(throwing: error)
        }
    }
    let timer = Task {
        try await Task.sleep(for: limit)
        continuation.finish(throwing: RedisError.outage("there was no connection in time"))
    }
    defer { timer.cancel() }
    // In a cancelled task, the stream would end at once. A lease has to be released there, too.
    return try await Task {
        for try await result in results { return result }
        throw CancellationError()
    }.value
}
#endif
