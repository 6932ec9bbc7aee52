public import Foundation
internal import Logging
internal import Serializers
internal import Synchronization

extension ResponseCache {
    /// Deletes entries that expired some time ago, and what interrupted writers have left in the store.
    ///
    /// A store with limits is reduced to them. An entry that another task or process has just renewed stays, if the backend
    /// is a ``ComparingBackend``.
    ///
    /// - Parameters:
    ///   - retention: How long expired entries are kept, because they can be validated or served if the origin fails.
    ///     Default: ``CacheSettings/expiredRetention`` of the settings.
    ///   - now: The current time.
    ///   - progress: Called after each entry with the number of entries processed so far. It is called once if the backend
    ///     removes expired entries without reading them.
    /// - Returns: The number of deleted expired entries.
    /// - Throws: When the store fails.
    @discardableResult
    public func sweep(
        retention: Duration? = nil,
        now: Date = Date(),
        progress: (Int) -> Void = { _ in }
    ) async throws -> Int {
        let deleted = try await deleteExpired(prefix: "", retention: retention, now: now, progress: progress)
        try await capabilities.sweeping?.sweep()
        return deleted
    }

    /// Deletes expired entries whose keys begin with some digits.
    private func deleteExpired(
        prefix: String,
        retention: Duration?,
        now: Date,
        progress: (Int) -> Void = { _ in }
    ) async throws -> Int {
        let latest = now - (retention ?? settings.expiredRetention).timeInterval
        if let expiring = capabilities.expiring {
            let deleted = try await expiring.removeExpired(before: latest)
            progress(deleted)
            return deleted
        }
        var (seen, deleted) = (0, 0)
        for try await entry in entries(prefix: prefix, leavingLargeBodies: true) {
            if entry.isExpired(at: latest), try await removeUnlessChanged(entry) { deleted += 1 }
            seen += 1
            progress(seen)
        }
        return deleted
    }

    // MARK: By itself

    /// Deletes the expired entries of a 256th of the store, and after the last one, what interrupted writers have left.
    ///
    /// A failure is logged.
    func sweepPart(_ part: UInt8, now: Date) async {
        do {
            // These backends remove the expired entries of all parts at once.
            guard capabilities.expiring == nil || part == 0 else { return }
            let prefix = String(hexadecimal: CollectionOfOne(part))
            let deleted = try await deleteExpired(prefix: prefix, retention: nil, now: now)
            if deleted > 0 { log(nil, "swept \(deleted) expired entries") }
            if part == .max { try await capabilities.sweeping?.sweep() }
        } catch {
            warn("not swept", nil, error)
        }
    }

    /// Starts to sweep in the background, if the settings say so and it hasn't started yet.
    func startSweeping(
        now: @escaping @Sendable () -> Date = { Date() },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        guard let interval = settings.sweepInterval, !settings.isReadOnly else { return }
        sweeping.withLock { task in
            guard task == nil else { return }
            // A cache that its owner releases without closing it ends the task.
            task = Task.detached(priority: .background) { [weak self] in
                var part = UInt8.random(in: .min ... .max)
                while !Task.isCancelled, (try? await sleep(interval)) != nil, let cache = self {
                    await cache.sweepPart(part, now: now())
                    part &+= 1
                }
            }
        }
    }

    /// Ends sweeping in the background, for good.
    func stopSweeping() async {
        let task = sweeping.withLock { task in
            defer { task = task ?? Task {} }
            return task
        }
        task?.cancel()
        await task?.value
    }
}
