#if Redis
public import FSCache

extension RedisBackend {
    /// The pauses between two attempts to take a lease that another process has.
    private static let pauses = Duration.milliseconds(10)...(.milliseconds(200))

    /// Takes the lease of a key, and waits while another process has it.
    ///
    /// The server ends a lease after its duration, even if the process has died. If a cluster loses a server, another
    /// process may get a lease that was granted just before, so that both fetch the response.
    ///
    /// - Parameters:
    ///   - key: The key of the missing or stale entry.
    ///   - duration: How long the lease lasts at most, and how long to wait for another one.
    /// - Returns: The lease, or `nil` if another process still has one after the duration.
    /// - Throws: ``/FSCache/FSCacheError`` with `storeFailed`, `storeUnavailable` or `closed`, and `CancellationError`.
    public func lease(_ key: CacheKey, for duration: Duration) async throws -> EntryLease? {
        let keys = keys(key)
        let token = String.randomDigits
        let milliseconds = RedisCommands.Argument(max(1, duration.milliseconds))
        let commands = RedisCommands("SET", .text(keys.lease), .text(token), "NX", "PX", milliseconds)
        let end = ContinuousClock.now + duration
        var pause = Self.pauses.lowerBound
        while try await ask(commands, keys).first == .null {
            let remaining = end - .now
            guard remaining > .zero else { return nil }
            try await Task.sleep(for: min(pause, remaining))
            pause = min(pause * 2, Self.pauses.upperBound)
        }
        return EntryLease { [servers] in
            var release = RedisCommands()
            release.append(RedisScript.release.command(keys: [keys.lease], .text(token)))
            _ = try? await servers.ask(release, keys)
        }
    }
}
#endif
