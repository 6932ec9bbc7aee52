internal import FSCache
internal import Synchronization

/// Counts the tasks that have a lease.
private final class Holders: Sendable {
    private let count = Atomic(0)

    @discardableResult
    func add(_ change: Int) -> Int { count.add(change, ordering: .sequentiallyConsistent).newValue }
}

extension BackendRequirement {
    private static func lease(
        _ backend: any LeasingBackend,
        _ name: String,
        for duration: Duration = .seconds(60)
    ) async throws -> EntryLease {
        guard let lease = try await backend.lease(key(name), for: duration) else {
            throw Failure(description: "the lease of \(name) was refused although nobody has it")
        }
        return lease
    }

    static let leasing = [
        BackendRequirement("A lease of one key doesn't hinder another key's", of: (any LeasingBackend).self) {
            backend in
            guard backend.givesLeases else { return }
            let leases = try await [lease(backend, "a"), lease(backend, "b")]
            for lease in leases { await lease.release() }
            try await lease(backend, "a").release()
        },
        BackendRequirement("Of many that want one lease, one has it at a time", of: (any LeasingBackend).self) {
            backend in
            guard backend.givesLeases else { return }
            let holders = Holders()
            try await withThrowingTaskGroup { group in
                for _ in 0..<8 {
                    group.addTask {
                        let lease = try await lease(backend, "a")
                        try requireEqual(holders.add(1), 1, "the number of holders")
                        await Task.yield()
                        holders.add(-1)
                        await lease.release()
                    }
                }
                try await group.waitForAll()
            }
        },
        BackendRequirement(
            "A lease that is not released is refused to others until it ends",
            of: (any LeasingBackend).self
        ) { backend in
            guard backend.givesLeases else { return }
            let first = try await lease(backend, "a")
            try await require(
                backend.lease(key("a"), for: .milliseconds(100)) == nil,
                "a second lease was given while the first one lasts"
            )
            await first.release()
            let short = try await lease(backend, "a", for: .milliseconds(100))
            let second = try await lease(backend, "a")
            // The first one has ended, so this must not end the second one.
            await short.release()
            try await require(
                backend.lease(key("a"), for: .milliseconds(100)) == nil,
                "an old lease's release ended the new lease"
            )
            await second.release()
        },
    ]
}
