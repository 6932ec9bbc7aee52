internal import Foundation
internal import Synchronization

/// Recently read responses, with the identities of their entries.
///
/// Other processes, and people with editors, may replace any entry at any time. So a response is returned only if its
/// entry still has the identity with which it was read.
final class MemoryTier: Sendable {
    private struct Remembered {
        var response: StoredResponse
        var identity: EntryIdentity
    }

    private let entries = Mutex(LeastRecentlyUsed<CacheKey, Remembered>())
    /// Kept outside the lock, so a disabled memory tier never contends.
    private let limit: Atomic<Int>

    init(byteLimit: Int) {
        limit = Atomic(byteLimit)
    }

    /// The number of bytes that the responses may take together.
    ///
    /// Zero or less disables the tier.
    var byteLimit: Int {
        get { limit.load(ordering: .relaxed) }
        set {
            limit.store(newValue, ordering: .relaxed)
            entries.withLock { trim(&$0) }
        }
    }

    var isEnabled: Bool { byteLimit > 0 }

    /// The number of bytes that the responses take together.
    var byteCount: Int { entries.withLock { $0.weight } }

    /// The response of a key, if it is in memory and its entry has not changed.
    func response(for key: CacheKey, in backend: any ImmediateBackend) -> StoredResponse? {
        guard isEnabled, let remembered = entries.withLock({ $0.use(key) }) else { return nil }
        if backend.identity(of: key) == remembered.identity { return remembered.response }
        entries.withLock { entries in
            // Another task may have read the new entry in the meantime.
            if entries.peek(key)?.identity == remembered.identity { entries.remove(key) }
        }
        return nil
    }

    /// Keeps a response in memory.
    ///
    /// It is not kept if its entry could still change without a new identity, or if it takes more than a quarter of the
    /// limit and would displace many others.
    ///
    /// - Parameters:
    ///   - response: The response.
    ///   - key: The entry's key.
    ///   - identity: The entry's identity when it was read, if it has one.
    ///   - readAt: A time before it was read.
    func remember(_ response: StoredResponse, for key: CacheKey, from identity: EntryIdentity?, readAt: Date) {
        guard isEnabled, let identity, identity.isSettled(at: readAt) else { return }
        let byteCount = response.memoryByteCount
        guard byteCount <= byteLimit / 4 else { return }
        let remembered = Remembered(response: response, identity: identity)
        entries.withLock { entries in
            entries.insert(remembered, for: key, weight: byteCount)
            trim(&entries)
        }
    }

    /// Forgets all responses.
    func removeAll() {
        entries.withLock { $0 = LeastRecentlyUsed() }
    }

    private func trim(_ entries: inout LeastRecentlyUsed<CacheKey, Remembered>) {
        while entries.weight > max(0, byteLimit) { entries.removeLeastRecentlyUsed() }
    }
}
