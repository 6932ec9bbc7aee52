#if MongoDB
public import FSCache
internal import Foundation

extension MongoDBBackend {
    /// How long to wait before asking again for a lease that another process has.
    private static let leasePauses: ClosedRange<Duration> = .milliseconds(20)...(.milliseconds(200))

    /// Takes the lease of a key: a document with a random token and the time at which the lease ends.
    ///
    /// The clocks of all machines should agree to within a fraction of the duration.
    ///
    /// - Parameters:
    ///   - key: The key of the missing or stale entry.
    ///   - duration: How long the lease lasts at most, and how long to wait for another one.
    /// - Returns: The lease, or `nil` if another process still has one after the duration.
    /// - Throws: The same errors as ``write(_:for:)``, and `CancellationError` if the task is cancelled while it waits.
    public func lease(_ key: CacheKey, for duration: Duration) async throws -> EntryLease? {
        let token = UUID().uuidString
        let deadline = ContinuousClock.now + duration
        var pause = Self.leasePauses.lowerBound
        while try await !takeLease(key, token, for: duration) {
            let rest = ContinuousClock.now.duration(to: deadline)
            guard rest > .zero else { return nil }
            try await Task.sleep(for: min(pause, rest))
            pause = min(pause * 2, Self.leasePauses.upperBound)
        }
        return EntryLease { [self] in
            // If this fails, the lease ends by itself.
            _ = try? await server.run("release the lease of \(key)") { [leases] connection in
                try connection.delete(
                    from: leases,
                    where: ["_id": .string(key.description), "token": .string(token)]
                )
            }
        }
    }

    /// Takes a lease that nobody has, or that has ended.
    ///
    /// - Returns: Whether it was taken.
    private func takeLease(_ key: CacheKey, _ token: String, for duration: Duration) async throws -> Bool {
        try await server.run("take the lease of \(key)") { [self] connection in
            try createExpiryIndex(on: leases, connection)
            let now = now()
            let field = StoredEntry.expiryField
            let filter: CommandValue = ["_id": .string(key.description), field: ["$lte": .date(now)]]
            let end = now.addingTimeInterval(duration / .seconds(1))
            do {
                // If another process has the lease, the filter doesn't match it, and it can't be inserted again.
                return try connection.replace(
                    in: leases,
                    where: filter,
                    with: ["$set": ["token": .string(token), field: .date(end)]],
                    inserts: true
                )
            } catch let error as DriverError where error.isDuplicateKey {
                return false
            }
        }
    }
}
#endif
