internal import Synchronization

extension FilesystemBackend {
    /// Counts what all processes have evicted from the directory, which is kept in the file `fscache.evictions`.
    ///
    /// - Returns: The number of entries. The last ones of a program that is killed, or ends at once, may be missing.
    /// - Throws: ``FSCacheError/Code/storeFailed`` when the file can't be read; ``FSCacheError/Code/closed``.
    public func totalEvictionCount() async throws -> Int? {
        try perform("count", nil) { store throws(SystemError) in try store.evictionCount() }
    }

    /// Starts to evict entries if that is due, and waits for it if the directory is much too large.
    func makeRoom() async {
        guard let evictor else { return }
        let demand = evictor.demand
        guard demand != .nothing else { return }
        let step = eviction.withLock { current in
            if let current { return current }
            let step = Task.detached { [self] in
                // If the directory can't be read, the next step tries again.
                try? await BlockingWork.run { try evictor.step(self.openStore()) }
                eviction.withLock { $0 = nil }
            }
            current = step
            return step
        }
        if demand == .stepBeforeMore { await step.value }
    }
}
