internal import Synchronization

extension FilesystemBackend {
    /// Whether reading an entry counts as using it.
    var marksUse: Bool { evictor != nil && !Maintenance.isUnderWay }

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
