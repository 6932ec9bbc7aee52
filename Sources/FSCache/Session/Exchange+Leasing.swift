internal import HTTPTypes
internal import Logging

/// Of several processes that miss a response, one fetches it while the others wait.
extension Exchange {
    /// Forwards a request while no other process does the same, if the settings and the store allow that.
    ///
    /// If another process has stored the response meanwhile, it is served.
    func leadAlone(
        _ flight: SingleFlight<SharedResult>.Flight,
        _ plan: Plan,
        at key: CacheKey
    ) async throws -> CachedResponse {
        let lease: EntryLease?
        do {
            lease = try await self.lease(key)
        } catch {
            session.flights.finish(flight, key, with: .abandoned, now: session.now())
            throw error
        }
        guard let lease else { return try await lead(flight, plan, at: key) }
        do {
            if let response = try await serveStored() {
                session.flights.finish(flight, key, with: .abandoned, now: session.now())
                await lease.release()
                return response
            }
            let response = try await lead(flight, plan, at: key)
            if let incoming = response.stored.content.shared {
                incoming.whenEnded { [tasks = session.backgroundTasks] in tasks.add(Task { await lease.release() }) }
            } else {
                await lease.release()
            }
            return response
        } catch {
            await lease.release()
            throw error
        }
    }

    /// Takes the lease of a key, and waits while another process has it.
    ///
    /// - Returns: The lease; `nil` if there is none to be had.
    /// - Throws: `CancellationError`.
    private func lease(_ key: CacheKey) async throws -> EntryLease? {
        guard policy.settings.collapsesAcrossProcesses, let backend = cache.capabilities.leasing else { return nil }
        do {
            let lease = try await backend.lease(key, for: policy.settings.leaseDuration)
            if lease == nil { cache.log(key, "not collapsed: another process takes longer than leaseDuration") }
            return lease
        } catch {
            try Task.checkCancellation()
            cache.warn("not collapsed: the store can't be used", key, error)
            return nil
        }
    }
}
