/// Counts of the events of a cache since it was opened.
public struct CacheCounts: Sendable, Hashable {
    /// Requests answered by a fresh stored response.
    public var hits = 0
    /// Requests answered by a stale stored response.
    public var staleHits = 0
    /// Requests for which the origin confirmed the stored response.
    public var revalidations = 0
    /// Requests that no stored response could answer.
    public var misses = 0
    /// Requests that bypassed the cache.
    public var bypasses = 0
    /// Requests answered by the response to a concurrent request.
    public var collapsedRequests = 0
    /// Responses that were stored.
    public var stores = 0
    /// Entries that the backend has evicted to stay within its limits, if it is a ``BoundedBackend``.
    public var evictions = 0
    /// Entries that could not be decoded.
    public var undecodableEntries = 0
    /// Reads that failed in the backend.
    public var readFailures = 0
    /// Writes and removals that failed in the backend or the serializer.
    public var writeFailures = 0
}
