internal import Synchronization

/// Lets one of many concurrent requests for the same key go to the origin, and the others have what it brings.
///
/// A flight has one leader. It lands with a result that is good for all, or it says that each must go alone, or it
/// fails; a flight whose leader was cancelled leaves no result, and one of those that wait leads the next.
final class SingleFlight<Cargo: Sendable>: Sendable {
    /// How a flight ends for those who wait for it.
    enum Landing: Sendable {
        /// All can have this.
        case shared(Cargo)
        /// What came is good for the leader alone.
        case alone
        /// The leader got no response.
        case failed(any Error)
        /// The leader was cancelled before it knew.
        case abandoned
    }

    /// One request that is under way.
    final class Flight: Sendable {
        private struct State {
            var landing: Landing?
            var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
            var lastID = 0
        }

        private let state = Mutex(State())

        fileprivate func land(_ landing: Landing) {
            let waiting = state.withLock { state in
                guard state.landing == nil else { return [:] as [Int: CheckedContinuation<Void, Never>] }
                state.landing = landing
                defer { state.waiting = [:] }
                return state.waiting
            }
            for continuation in waiting.values { continuation.resume() }
        }

        /// Waits for the leader's result.
        ///
        /// - Throws: `CancellationError`.
        func landing() async throws -> Landing {
            let id = state.withLock { state in
                state.lastID += 1
                return state.lastID
            }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isReady = state.withLock { state in
                        if state.landing != nil || Task.isCancelled { return true }
                        state.waiting[id] = continuation
                        return false
                    }
                    if isReady { continuation.resume() }
                }
            } onCancel: {
                state.withLock { $0.waiting.removeValue(forKey: id) }?.resume()
            }
            try Task.checkCancellation()
            return state.withLock { $0.landing } ?? .abandoned
        }
    }

    /// What a request has to do.
    enum Role {
        /// Go to the origin, and call ``SingleFlight/land(_:_:_:)`` whatever happens.
        case leader(Flight)
        /// Wait for ``Flight/landing()``.
        case follower(Flight)
        /// A flight has ended meanwhile, and may have been the one to join: what it brought is in the store now.
        case lookAgain
    }

    private let flights = Mutex<[CacheKey: Flight]>([:])
    private let ended = Atomic(0)

    /// Joins the flight of a key, or begins it.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - count: The ``endedCount`` from before the store was looked into; `nil` to begin in any case.
    /// - Returns: What to do.
    func join(_ key: CacheKey, unlessEndedSince count: Int? = nil) -> Role {
        flights.withLock { flights in
            if let flight = flights[key] { return .follower(flight) }
            if let count, count != endedCount { return .lookAgain }
            let flight = Flight()
            flights[key] = flight
            return .leader(flight)
        }
    }

    /// Begins the flight of a key, unless there is one.
    func begin(_ key: CacheKey) -> Flight? {
        if case .leader(let flight) = join(key) { flight } else { nil }
    }

    /// Tells those who wait how the flight has ended.
    ///
    /// - Parameters:
    ///   - flight: The flight.
    ///   - key: Its key.
    ///   - landing: The result.
    ///   - staysOpen: Whether requests that come later may still have the result, until ``close(_:_:)``.
    func land(_ flight: Flight, _ key: CacheKey, _ landing: Landing, staysOpen: Bool = false) {
        if !staysOpen { close(flight, key) }
        flight.land(landing)
    }

    /// Ends a flight: requests that come later look into the store, or lead a new one.
    func close(_ flight: Flight, _ key: CacheKey) {
        flights.withLock { flights in
            guard flights[key] === flight else { return }
            flights[key] = nil
            ended.add(1, ordering: .releasing)
        }
    }

    /// How many flights are under way.
    var count: Int { flights.withLock { $0.count } }

    /// How many flights have ended so far.
    var endedCount: Int { ended.load(ordering: .acquiring) }
}
