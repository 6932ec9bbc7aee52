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
            if let connection = idleConnection() {
                return try await BlockingWork.run { try self.exchange(commands, over: connection) }
            }
            // The system resolves names without a limit. Everything else keeps the deadline by itself, so this one is later.
            return try await withTimeLimit(settings.timeout * 5 / 4) { try self.exchange(commands) }
        }
    }

    /// Sends commands over an idle connection or a new one.
    private func exchange(_ commands: RedisCommands, over idle: RedisConnection? = nil) throws -> [RedisReply] {
        let deadline = ContinuousClock.now + settings.timeout
        do {
            let connection = try idle ?? RedisConnection(to: address, settings, by: deadline)
            let replies = try connection.exchange(commands, by: deadline)
            for reply in replies { if let outage = RedisError(outage: reply) { throw outage } }
            state.withLock { state in if !state.isClosed { state.idle.append(connection) } }
            return replies
        } catch {
            // The others are probably broken, too.
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
