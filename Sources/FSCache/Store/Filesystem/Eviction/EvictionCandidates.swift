internal import Foundation

/// The least recently used entries of the last samples, oldest first.
struct EvictionCandidates {
    /// In the reverse order, so that the first one is removed quickly.
    private var entries: [EvictableEntry] = []

    var isEmpty: Bool { entries.isEmpty }

    /// Removes the entries of parts that are looked at again.
    mutating func forget(_ parts: Range<Int>) {
        entries.removeAll { parts.contains(EvictionLedger.part(of: $0.file.key)) }
    }

    /// Adds entries, and keeps the least recently used ones.
    mutating func add(_ sample: [EvictableEntry], keeping limit: Int) {
        entries += sample
        entries.sort { Self.rank($0) > Self.rank($1) }
        if entries.count > limit { entries.removeFirst(entries.count - limit) }
    }

    /// Takes the entry to evict next.
    mutating func takeFirst() -> EvictableEntry? { entries.popLast() }

    /// The time by which entries are sorted.
    ///
    /// Entries that were set aside come first, because nobody is served from them.
    private static func rank(_ entry: EvictableEntry) -> Date {
        entry.file.isSetAside ? .distantPast : entry.lastUse
    }
}
