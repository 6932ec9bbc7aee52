internal import Synchronization

/// Lets one of many concurrent requests for the same key go to the origin; the others share its result.
///
/// A flight has one leader. It ends with a result that all can share, with the advice that each request must go to the
/// origin itself, or with an error. If the leader is cancelled, there is no result, and one of the waiting requests
/// leads the next flight.
final class SingleFlight<Value: Sendable>: Sendable {
    /// How a flight ends for the waiting requests.
    enum Result: Sendable {
        /// All requests share this value.
        case shared(Value)
        /// Only the leader can use the response.
        case notShareable
        /// The leader got no response.
        case failed(any Error)
        /// The leader was cancelled before it had a result.
        case abandoned
    }

    /// One request in progress.
    final class Flight: Sendable {
        private struct State {
            var result: Result?
            var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
            var lastID = 0
        }

        private let state = Mutex(State())

        fileprivate func finish(with result: Result) {
            let waiting = state.withLock { state in
                guard state.result == nil else { return [:] as [Int: CheckedContinuation<Void, Never>] }
                state.result = result
                defer { state.waiting = [:] }
                return state.waiting
            }
            for continuation in waiting.values { continuation.resume() }
        }

        /// Waits for the leader's result.
        ///
        /// - Throws: `CancellationError`.
        func result() async throws -> Result {
            let id = state.withLock { state in
                state.lastID += 1
                return state.lastID
            }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isReady = state.withLock { state in
                        if state.result != nil || Task.isCancelled { return true }
                        state.waiting[id] = continuation
                        return false
                    }
                    if isReady { continuation.resume() }
                }
            } onCancel: {
                state.withLock { $0.waiting.removeValue(forKey: id) }?.resume()
            }
            try Task.checkCancellation()
            return state.withLock { $0.result } ?? .abandoned
        }
    }

    /// The role of a request.
    enum Role {
        /// Go to the origin, and always call ``SingleFlight/finish(_:_:with:staysOpen:)``.
        case leader(Flight)
        /// Wait for ``Flight/result()``.
        case follower(Flight)
        /// A flight has ended since the lookup. It may have been for this key, so its result may be in the store now.
        case lookUpAgain
    }

    private let flights = Mutex<[CacheKey: Flight]>([:])
    private let ended = Atomic(0)

    /// Joins the flight of a key, or begins it.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - count: The ``endedCount`` from before the lookup; `nil` to begin in any case.
    /// - Returns: What to do.
    func join(_ key: CacheKey, unlessEndedSince count: Int? = nil) -> Role {
        flights.withLock { flights in
            if let flight = flights[key] { return .follower(flight) }
            if let count, count != endedCount { return .lookUpAgain }
            let flight = Flight()
            flights[key] = flight
            return .leader(flight)
        }
    }

    /// Begins the flight of a key, unless there is one.
    func begin(_ key: CacheKey) -> Flight? {
        if case .leader(let flight) = join(key) { flight } else { nil }
    }

    /// Gives the result to the waiting requests.
    ///
    /// - Parameters:
    ///   - flight: The flight.
    ///   - key: Its key.
    ///   - result: The result.
    ///   - staysOpen: Whether later requests still share the result, until ``close(_:_:)``.
    func finish(_ flight: Flight, _ key: CacheKey, with result: Result, staysOpen: Bool = false) {
        if !staysOpen { close(flight, key) }
        flight.finish(with: result)
    }

    /// Ends a flight: later requests use the store, or lead a new flight.
    func close(_ flight: Flight, _ key: CacheKey) {
        flights.withLock { flights in
            guard flights[key] === flight else { return }
            flights[key] = nil
            ended.add(1, ordering: .releasing)
        }
    }

    /// How many flights are in progress.
    var count: Int { flights.withLock { $0.count } }

    /// How many flights have ended so far.
    var endedCount: Int { ended.load(ordering: .acquiring) }
}
