internal import CFileSystem
internal import Synchronization

/// Notices that reading on the calling thread takes too long, as on a network disk that stalls, so that reads move to threads
/// that may wait.
///
/// Times are nanoseconds of a monotonic clock, which is handed in.
package final class ReadPace: Sendable {
    /// A read that takes longer, in nanoseconds, has stalled.
    static let limit: UInt64 = 50_000_000
    /// How long reads keep away from the calling thread after one has stalled, in nanoseconds.
    static let pause: UInt64 = 30_000_000_000

    private let underWay = Atomic(0)
    /// When a read began while there was no other, or when one ended.
    private let lastEvent = Atomic<UInt64>(0)
    private let pausedUntil = Atomic<UInt64>(0)

    package init() {}

    /// Begins a read.
    ///
    /// - Returns: Whether it may run on the calling thread. If so, call ``end(_:at:)``.
    package func begin(at now: UInt64) -> Bool {
        guard pausedUntil.load(ordering: .relaxed) <= now else { return false }
        guard underWay.load(ordering: .relaxed) > 0 else {
            lastEvent.store(now, ordering: .relaxed)
            underWay.add(1, ordering: .relaxed)
            return true
        }
        // While the disk works, some read always ends.
        let last = lastEvent.load(ordering: .relaxed)
        guard now <= last || now - last < Self.limit else {
            pausedUntil.store(now + Self.pause, ordering: .relaxed)
            return false
        }
        underWay.add(1, ordering: .relaxed)
        return true
    }

    /// Reads on the calling thread, or on one that may wait.
    func run<Value: Sendable>(_ read: @escaping @Sendable () throws -> Value) async throws -> Value {
        let begun = cfs_monotonic_nanoseconds()
        guard begin(at: begun) else { return try await BlockingWork.run(read) }
        defer { end(begun, at: cfs_monotonic_nanoseconds()) }
        return try read()
    }

    /// Ends a read that began at some time.
    package func end(_ begun: UInt64, at now: UInt64) {
        underWay.subtract(1, ordering: .relaxed)
        lastEvent.store(now, ordering: .relaxed)
        if now > begun, now - begun >= Self.limit { pausedUntil.store(now + Self.pause, ordering: .relaxed) }
    }
}
