internal import Foundation
internal import Synchronization

extension Evictor {
    private struct Step {
        var written: StoreAmount
        /// How much to look at.
        var sampleSize: StoreAmount
        /// How many parts to look at, even if they hold less.
        var partLimit: Int
        var lastKey: CacheKey?
        var sample: [EvictableEntry] = []
        var parts: Set<Int> = []
        var seen = StoreAmount()
        var largestByteCount = 0

        /// Whether the sample is large enough.
        ///
        /// A single entry must not outweigh the others.
        var isComplete: Bool {
            parts.count >= partLimit || seen.covers(sampleSize) && seen.bytes >= 8 * Double(largestByteCount)
        }

        var isWholeStore: Bool { parts.count == EvictionLedger.partCount }
        var fraction: Double { Double(parts.count) / Double(EvictionLedger.partCount) }
    }

    /// How many candidates are kept, so that a store of any size takes little memory.
    private static let candidateLimit = 16_384

    /// Looks at some entries, and evicts old ones if the store is too large.
    ///
    /// It does nothing while another task is in a step.
    package func step(_ store: some EvictableStore) throws(SystemError) {
        guard let step = begin() else { return }
        try take(step, in: store)
    }

    /// Evicts entries until the store is within its limits, after looking at all of it.
    package func reduce(_ store: some EvictableStore) throws(SystemError) {
        for _ in 0..<16 {
            guard var step = begin() else { return }
            step.partLimit = EvictionLedger.partCount
            step.sampleSize = StoreAmount(bytes: .infinity)
            try take(step, in: store)
            guard !state.withLock({ target.covers($0.ledger.estimate) }) else { return }
        }
    }

    private func take(_ step: Step, in store: some EvictableStore) throws(SystemError) {
        var step = step
        defer {
            addEvictions(to: store)
            state.withLock { $0.isStepping = false }
        }
        while true {
            while !step.isComplete {
                let parts = nextParts(step)
                note(try store.entries(in: parts), in: parts, &step)
            }
            var excess = finishSample(&step)
            while !excess.isZero, let victim = nextVictim(except: step.lastKey) {
                guard try store.evict(victim) else { continue }
                excess -= victim.amount
                noteEviction(of: victim)
            }
            // In a small store, all candidates may have been used or removed meanwhile.
            guard !excess.isZero, !step.isWholeStore, state.withLock({ $0.ledger.isReliable }) else { return }
            step.sampleSize = step.sampleSize * 2
            step.partLimit = min(2 * step.partLimit, EvictionLedger.partCount)
        }
    }

    private func begin() -> Step? {
        state.withLock { state in
            guard !state.isStepping else { return nil }
            state.isStepping = true
            let isFirst = state.cursor == nil
            // Processes begin at different parts, so that together they see more.
            let start = state.lastKey.map(EvictionLedger.part) ?? .random(in: 0..<EvictionLedger.partCount)
            state.cursor = state.cursor ?? start
            let written = state.written
            state.written = StoreAmount()
            guard state.ledger.isReliable else {
                // Those seen earlier are in parts that others may have reduced meanwhile.
                state.candidates = EvictionCandidates()
                // If steps are slower than writers, each one would otherwise take longer than the last.
                var size = written.limited(to: stride * 2) * 16
                size.entries = max(size.entries, isFirst ? 512 : 64)
                return Step(
                    written: written,
                    sampleSize: size,
                    partLimit: EvictionLedger.partCount,
                    lastKey: state.lastKey
                )
            }
            let estimate = state.ledger.estimate
            let excess = excessEntries(of: estimate)
            var size = written * 2
            size.entries = max(size.entries, 32, min(2 * excess, 1024))
            return Step(
                written: written,
                sampleSize: size,
                partLimit: EvictionLedger.partCount / 4,
                lastKey: state.lastKey
            )
        }
    }

    /// About how many entries have to be evicted.
    private func excessEntries(of estimate: StoreAmount) -> Double {
        let excess = (estimate - target).positive
        return max(excess.entries, excess.bytes / max(estimate.bytes, 1) * estimate.entries)
    }

    /// Parts with about as many entries as are still to be looked at.
    private func nextParts(_ step: Step) -> Range<Int> {
        state.withLock { state in
            let start = state.cursor ?? 0
            let perPart = state.ledger.recentEstimate * (1 / Double(EvictionLedger.partCount))
            let missing = step.sampleSize - step.seen
            let count = max(missing.entries / max(perPart.entries, 0.01), missing.bytes / max(perPart.bytes, 0.01))
            let end = min(start + Int(min(max(1, count.rounded(.up)), 16)), (start | 15) + 1)
            state.cursor = end % EvictionLedger.partCount
            return start..<end
        }
    }

    private func note(_ entries: [EvictableEntry], in parts: Range<Int>, _ step: inout Step) {
        var amounts = Array(repeating: StoreAmount(), count: parts.count)
        for entry in entries {
            amounts[EvictionLedger.part(of: entry.file.key) - parts.lowerBound] += entry.amount
            step.largestByteCount = max(step.largestByteCount, entry.byteCount)
        }
        state.withLock { state in
            for (part, amount) in zip(parts, amounts) { state.ledger.setMeasured(amount, in: part) }
            state.candidates.forget(parts)
            guard step.sample.count + entries.count > Self.candidateLimit else { return }
            state.candidates.add(step.sample, keeping: Self.candidateLimit)
            step.sample = []
        }
        for amount in amounts { step.seen += amount }
        step.parts.formUnion(parts)
        step.sample += entries
    }

    /// Adds the sample to the candidates.
    ///
    /// - Returns: How much to evict.
    private func finishSample(_ step: inout Step) -> StoreAmount {
        state.withLock { state in
            let isReliable = state.ledger.isReliable || step.isWholeStore
            state.candidates.add(step.sample, keeping: min(max(256, 2 * step.sample.count), Self.candidateLimit))
            step.sample = []
            guard isReliable else { return share(step, state.ledger.recentEstimate) }
            let excess = (state.ledger.estimate - target).positive
            return excess.limited(to: step.written * 2 + step.seen * 0.25)
        }
    }

    /// How much the parts that a step has seen hold in excess of their share of the limit.
    private func share(_ step: Step, _ estimate: StoreAmount) -> StoreAmount {
        let fill = max(estimate.bytes / limit.bytes, estimate.entries / limit.entries)
        // Below that, the limit isn't reached, although some parts have more than their share.
        guard fill > 0.9 else { return StoreAmount() }
        // Until a part is seen again, it grows by about as much as was written for each entry that was looked at.
        let growth = min(step.written.entries / max(step.seen.entries, 1), 1)
        let factor = min(max(1 - growth - (fill - 1), 0.5), 1)
        return (step.seen - target * (step.fraction * factor)).positive
    }

    private func nextVictim(except key: CacheKey?) -> EvictableEntry? {
        state.withLock { state in
            while let first = state.candidates.takeFirst() {
                if first.file.key != key || first.file.isSetAside { return first }
            }
            return nil
        }
    }

    private func addEvictions(to store: some EvictableStore) {
        let count = state.withLock { $0.unreportedEvictionCount }
        if count > 0, store.addEvictions(count) { state.withLock { $0.unreportedEvictionCount -= count } }
    }

    private func noteEviction(of entry: EvictableEntry) {
        let unused = max(0, now().timeIntervalSince(entry.lastUse))
        state.withLock { state in
            state.evictionCount += 1
            state.unreportedEvictionCount += 1
            state.ledger.record(StoreAmount() - entry.amount, in: EvictionLedger.part(of: entry.file.key))
            guard !entry.file.isSetAside else { return }
            let age = state.age.map { $0 + (unused - $0) / 16 } ?? unused
            state.age = age
            markAge.store(min(age / 10, Self.longestMarkAge).bitPattern, ordering: .relaxed)
        }
    }
}
