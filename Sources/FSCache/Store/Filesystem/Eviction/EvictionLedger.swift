/// A process's estimate of the size of a store that other processes change, too.
///
/// The store has 4096 parts, by the first three digits of the keys. Keys are digests, so each part is a fair sample. The
/// ledger has what each part held when it was last measured, and adds what this process has written and removed since. What
/// others do shows when a part is measured again.
struct EvictionLedger {
    static let partCount = 4096

    private struct Part {
        var amount = StoreAmount()
        var isMeasured = false
    }

    private var parts = Array(repeating: Part(), count: partCount)
    private var measuredCount = 0
    private var measuredAmount = StoreAmount()
    // A decaying sum of the last measurements, of about an eighth of the store.
    private var recentAmount = StoreAmount()
    private var recentCount = 0.0
    /// How many entries others had added or removed.
    private var recentForeignChanges = 0.0

    static func part(of key: CacheKey) -> Int { Int(key.words.0 >> 52) }

    /// Whether the ledger is right within a percent: all parts have been measured, and others change little.
    var isReliable: Bool {
        measuredCount == Self.partCount && recentForeignChanges <= 0.01 * recentAmount.entries
    }

    /// Notes a change by this process.
    mutating func record(_ change: StoreAmount, in part: Int) {
        // Changes are spread evenly, so those in measured parts stand for all.
        guard parts[part].isMeasured else { return }
        parts[part].amount += change
        measuredAmount += change
    }

    /// Notes what a part holds.
    mutating func setMeasured(_ amount: StoreAmount, in part: Int) {
        let old = parts[part]
        let memory = 1 - 8 / Double(Self.partCount)
        recentForeignChanges *= memory
        if old.isMeasured {
            recentForeignChanges += abs(amount.entries - old.amount.entries)
        } else {
            measuredCount += 1
        }
        recentAmount = recentAmount * memory + amount
        recentCount = recentCount * memory + 1
        measuredAmount += amount - old.amount
        parts[part] = Part(amount: amount, isMeasured: true)
    }

    /// The size of the store, if nobody else has changed it; zero before the first measurement.
    var estimate: StoreAmount {
        (measuredAmount * (Double(Self.partCount) / Double(max(1, measuredCount)))).positive
    }

    /// The size of the store by the last measurements, whoever has changed it.
    var recentEstimate: StoreAmount { recentAmount * (Double(Self.partCount) / max(1, recentCount)) }
}
