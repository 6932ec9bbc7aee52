#if Redis
internal import Synchronization

/// Notices whether a server replies so soon that its replies can be waited for on the calling thread.
///
/// Changing threads and back takes longer than a server on the same machine takes to reply. A server far away is waited
/// for on other threads, and tried again now and then.
final class ReplyPace: Sendable {
    /// How long the calling thread waits.
    static let limit = Duration.microseconds(200)
    /// How many operations don't wait on the calling thread after a slow reply.
    static let skipCount = 64

    private let skipsLeft = Atomic(0)

    /// Whether the last replies came within the limit.
    var isQuick: Bool { skipsLeft.load(ordering: .relaxed) <= 0 }

    /// Begins an operation.
    ///
    /// - Returns: Whether it may wait on the calling thread.
    func begin() -> Bool {
        if isQuick { return true }
        skipsLeft.subtract(1, ordering: .relaxed)
        return false
    }

    /// Notes that the replies took longer than the limit.
    func noteSlowReply() {
        skipsLeft.store(Self.skipCount, ordering: .relaxed)
    }
}
#endif
