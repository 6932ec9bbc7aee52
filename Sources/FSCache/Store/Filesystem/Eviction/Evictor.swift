package import Foundation
internal import Synchronization

/// Keeps a store within its limits by evicting the least recently used entries.
///
/// There is no index: many processes, and people, change the store at any time. In a *step*, the evictor looks at some
/// entries of the store, part after part. They show how large the store is, and which entries are old.
///
/// While nobody else changes the store, the evictor knows its size from its ledger. It looks at two entries for each one
/// that was written, and evicts the oldest of all that it has seen lately.
///
/// While other processes write too, each knows only what it sees. Then the evictor looks at up to 16 entries for each one
/// that was written, and reduces only the parts that it has just seen, to their share of the limit. Processes therefore
/// can't evict for the same reason twice, however many there are.
///
/// Each process has one evictor for each directory.
package final class Evictor: Sendable {
    /// The work that is due after a write.
    package enum Demand: Sendable {
        case nothing
        /// A step is due, which nobody has to wait for.
        case step
        /// The store has outgrown its limits, so that writers have to wait for a step.
        case stepBeforeMore
    }

    struct State {
        var ledger = EvictionLedger()
        var candidates = EvictionCandidates()
        /// Where the next step begins; `nil` before the first one.
        var cursor: Int?
        var lastKey: CacheKey?
        var written = StoreAmount()
        var isStepping = false
        /// The average time between the last use of an entry and its eviction.
        var age: TimeInterval?
        var evictionCount = 0
        /// How many of them the store hasn't been told of.
        var unreportedEvictionCount = 0
    }

    let limit: StoreAmount
    /// The estimated size down to which entries are evicted.
    let target: StoreAmount
    /// How much is written between two steps.
    let stride: StoreAmount
    let now: @Sendable () -> Date
    let state = Mutex(State())
    /// How old the mark of the last use may be before a hit renews it, in seconds.
    let markAge = Atomic<UInt64>(Evictor.firstMarkAge.bitPattern)

    private static let firstMarkAge: TimeInterval = 60
    static let longestMarkAge: TimeInterval = 600

    /// Makes an evictor.
    ///
    /// - Parameters:
    ///   - limits: The limits, of which ``StoreLimits/maxCacheBytes`` and ``StoreLimits/maxEntries`` count.
    ///   - now: The clock.
    package init(_ limits: StoreLimits, now: @escaping @Sendable () -> Date) {
        func number(_ limit: Int?) -> Double { limit.map { Double(max(0, $0)) } ?? .infinity }
        limit = StoreAmount(bytes: number(limits.maxCacheBytes), entries: number(limits.maxEntries))
        target = StoreAmount(bytes: limit.bytes * (1 - 1 / 128), entries: (limit.entries * (1 - 1 / 128)).rounded(.up))
        stride = (limit * (1 / 512)).limited(to: StoreAmount(bytes: 1_048_576, entries: 64))
        self.now = now
    }

    /// How many entries have been evicted.
    package var evictionCount: Int { state.withLock { $0.evictionCount } }

    // MARK: Use

    /// Whether a hit on an entry has to mark it as used.
    package func isMarkDue(lastUse: Date, at now: Date) -> Bool {
        abs(now.timeIntervalSince(lastUse)) > Double(bitPattern: markAge.load(ordering: .relaxed))
    }

    /// The current time.
    package var currentTime: Date { now() }

    // MARK: Changes

    /// Notes what this process has written or removed.
    package func record(_ change: StoreAmount, of key: CacheKey, isWrite: Bool = false) {
        state.withLock { state in
            state.ledger.record(change, in: EvictionLedger.part(of: key))
            guard isWrite else { return }
            state.lastKey = key
            state.written += change.positive
        }
    }

    /// Forgets what is known, because the store is another one now.
    package func forget() {
        state.withLock { state in
            state.ledger = EvictionLedger()
            state.candidates = EvictionCandidates()
        }
    }

    /// The work that is due now.
    package var demand: Demand {
        state.withLock { state in
            guard !state.written.isZero else { return .nothing }
            let isReliable = state.ledger.isReliable
            // The ledger doesn't know what others have written since it measured a part, and the last measurements not what
            // has been evicted since.
            let estimate =
                isReliable
                ? state.ledger.estimate : (state.ledger.estimate + state.ledger.recentEstimate) * 0.5
            // The measurements don't include the writes since then.
            let isBehind = !isReliable && !(stride * 8).covers(state.written)
            let isTooLarge = isBehind || !(limit * 1.02).covers(estimate)
            let isDue =
                state.cursor == nil || isReliable && isTooLarge
                || state.written.bytes >= stride.bytes || state.written.entries >= stride.entries
            return isDue ? isTooLarge ? .stepBeforeMore : .step : .nothing
        }
    }
}
