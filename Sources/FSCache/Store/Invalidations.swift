internal import Synchronization

/// Which entries were invalidated lately, so that the answer to an earlier request doesn't bring one back.
///
/// It remembers shards: all responses for a URL are in one.
final class Invalidations: Sendable {
    /// A point in the order of all invalidations.
    struct Mark: Sendable, Equatable {
        fileprivate let count: Int
    }

    private struct State {
        var count = 0
        /// The count after the latest invalidation in each shard.
        var latest: [UInt16: Int] = [:]
    }

    private let state = Mutex(State())

    /// The mark of a request that is sent now.
    var mark: Mark { state.withLock { Mark(count: $0.count) } }

    /// Invalidates the answers to earlier requests that would be stored in the shard of a key.
    func add(_ key: CacheKey) {
        state.withLock { state in
            state.count += 1
            state.latest[key.shard] = state.count
        }
    }

    /// Whether the answer to a request may no longer be used for others.
    func concern(_ key: CacheKey, since mark: Mark) -> Bool {
        state.withLock { state in
            state.count != mark.count && (state.latest[key.shard] ?? 0) > mark.count
        }
    }
}

extension CacheKey {
    fileprivate var shard: UInt16 { UInt16(words.0 >> 48) }
}
