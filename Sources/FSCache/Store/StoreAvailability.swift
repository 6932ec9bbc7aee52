internal import Synchronization

/// Whether a store on the network is asked, or has failed lately.
///
/// After a failure, the store isn't asked before a pause has passed, which doubles with each further failure. Then one
/// operation tries it. Without this, each request would wait for the time limit while the store is lost.
package final class StoreAvailability: Sendable {
    private struct State {
        var pause: Duration
        /// When the store may be tried again; `nil` while it works.
        var retriesAt: ContinuousClock.Instant?
        var lastFailure = ""
    }

    private let name: String
    private let pauses: ClosedRange<Duration>
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state: Mutex<State>

    /// Makes the state of a store that works.
    ///
    /// - Parameters:
    ///   - name: The store in messages, without secrets.
    ///   - pauses: The pause after the first failure, and the longest one.
    ///   - now: The clock.
    package init(
        _ name: String,
        pauses: ClosedRange<Duration> = .milliseconds(500)...(.seconds(30)),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.name = name
        self.pauses = pauses
        self.now = now
        self.state = Mutex(State(pause: pauses.lowerBound))
    }

    /// Whether the store worked when it was last asked.
    package var isAvailable: Bool { state.withLock { $0.retriesAt == nil } }

    /// Asks the store, unless it is in a pause.
    ///
    /// - Parameters:
    ///   - isOutage: Whether an error means that the store is lost, and not that it refused one operation.
    ///   - operation: Asks the store.
    /// - Returns: The operation's result.
    /// - Throws: ``FSCacheError/Code/storeUnavailable`` during a pause, or the operation's error.
    package func run<Value>(
        isOutage: (any Error) -> Bool,
        _ operation: () async throws -> Value
    ) async throws -> Value {
        try begin()
        do {
            let value = try await operation()
            succeed()
            return value
        } catch {
            if isOutage(error) { fail(FSCacheError.describe(error)) } else { succeed() }
            throw error
        }
    }

    private func begin() throws(FSCacheError) {
        let now = now()
        let failure: String? = state.withLock { state in
            guard let retriesAt = state.retriesAt else { return nil }
            guard now >= retriesAt else { return state.lastFailure }
            // This operation tries the store. The others go on without it until the next pause has passed.
            state.retriesAt = now + state.pause
            return nil
        }
        guard let failure else { return }
        throw FSCacheError(.storeUnavailable, "\(name) is not asked for a while, because it failed: \(failure)")
    }

    private func succeed() {
        state.withLock { state in
            guard state.retriesAt != nil else { return }
            state = State(pause: pauses.lowerBound)
        }
    }

    private func fail(_ reason: String) {
        let now = now()
        state.withLock { state in
            state.retriesAt = now + state.pause
            state.pause = min(state.pause * 2, pauses.upperBound)
            state.lastFailure = reason
        }
    }
}
