internal import Foundation
internal import Synchronization

/// Stored responses that were read lately, with the identities of the entries that they were read from.
///
/// Whoever may write to the store, other processes and people with editors included, may replace any entry without
/// telling. So nothing is invalidated here: a response is handed out only while its entry is still the same.
final class RememberedEntries: Sendable {
    private struct Remembered {
        var response: StoredResponse
        var identity: EntryIdentity
    }

    private let entries = Mutex(LeastRecentlyUsed<CacheKey, Remembered>())
    /// Apart from the entries, so that who remembers nothing waits for nobody.
    private let limit: Atomic<Int>

    init(byteLimit: Int) {
        limit = Atomic(byteLimit)
    }

    /// How many bytes the responses may take together; nothing is remembered with 0 or less.
    var byteLimit: Int {
        get { limit.load(ordering: .relaxed) }
        set {
            limit.store(newValue, ordering: .relaxed)
            entries.withLock { trim(&$0) }
        }
    }

    /// The bytes that the responses take together.
    var byteCount: Int { entries.withLock { $0.weight } }

    /// The response that was read from an entry, if it is remembered and the entry is still the same.
    func response(for key: CacheKey, in backend: any InlineReadable) -> StoredResponse? {
        guard byteLimit > 0, let remembered = entries.withLock({ $0.use(key) }) else { return nil }
        if backend.identity(of: key) == remembered.identity { return remembered.response }
        entries.withLock { entries in
            // Somebody may have read the new one meanwhile.
            if entries.peek(key)?.identity == remembered.identity { entries.remove(key) }
        }
        return nil
    }

    /// Remembers a response, unless its entry is so new that it could change once more without showing it, or it is
    /// larger than a quarter of the limit: then many others would go for it.
    ///
    /// - Parameters:
    ///   - response: What was read.
    ///   - key: The entry's key.
    ///   - identity: That of the entry when it was read, if it has one.
    ///   - readAt: The time of day before that.
    func remember(
        _ response: StoredResponse,
        for key: CacheKey,
        from identity: EntryIdentity?,
        readAt: Date
    ) {
        guard byteLimit > 0, let identity, identity.isSettled(at: readAt) else { return }
        let byteCount = response.memoryByteCount
        guard byteCount <= byteLimit / 4 else { return }
        let remembered = Remembered(response: response, identity: identity)
        entries.withLock { entries in
            entries.insert(remembered, for: key, weight: byteCount)
            trim(&entries)
        }
    }

    /// Forgets everything.
    func removeAll() {
        entries.withLock { $0 = LeastRecentlyUsed() }
    }

    private func trim(_ entries: inout LeastRecentlyUsed<CacheKey, Remembered>) {
        while entries.weight > max(0, byteLimit) { entries.removeLeastRecentlyUsed() }
    }
}
