internal import Synchronization

/// What a cache has done since it was opened.
public struct Statistics: Sendable, Hashable {
    /// Requests that a fresh stored response answered.
    public var hits = 0
    /// Requests that a stale stored response answered.
    public var staleHits = 0
    /// Requests for which the origin confirmed the stored response.
    public var revalidations = 0
    /// Requests that nothing stored could answer.
    public var misses = 0
    /// Requests for which the cache was told to stay out of it.
    public var bypasses = 0
    /// Requests that were answered by the response to another one, which was under way at the same time.
    public var collapsedRequests = 0
    /// Responses that were written.
    public var stores = 0
    /// Entries that could not be decoded.
    public var undecodableEntries = 0
    /// Reads that the backend failed.
    public var readFailures = 0
    /// Writes and deletions that the backend or the serializer failed.
    public var writeFailures = 0
}

/// Counts for ``Statistics``, from any task.
final class StatisticsCounter: Sendable {
    private let counts = Mutex(Statistics())

    func count(_ event: (inout Statistics) -> Void) {
        counts.withLock { event(&$0) }
    }

    var snapshot: Statistics { counts.withLock { $0 } }
}
