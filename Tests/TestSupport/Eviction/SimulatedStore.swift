package import FSCache
package import Foundation

/// A store without files, for simulations of eviction.
package final class SimulatedStore: EvictableStore {
    private var parts: [[EvictableEntry]] = Array(repeating: [], count: 4096)
    /// The space that all entries take.
    package private(set) var byteCount = 0
    package private(set) var entryCount = 0
    /// How many entries evictors have looked at.
    package private(set) var lookCount = 0

    package init() {}

    /// When an entry was last used; `nil` if there is none.
    package func lastUse(of key: CacheKey) -> Date? {
        position(of: key).map { parts[$0.part][$0.index].lastUse }
    }

    /// Marks an entry as used.
    package func markUse(of key: CacheKey, at time: Date) {
        guard let (part, index) = position(of: key) else { return }
        parts[part][index].lastUse = time
    }

    package func addEvictions(_ count: Int) -> Bool { true }

    /// Adds an entry.
    package func insert(_ entry: EvictableEntry) {
        parts[Self.part(of: entry.file.key)].append(entry)
        byteCount += entry.byteCount
        entryCount += 1
    }

    package func entries(in range: Range<Int>) -> [EvictableEntry] {
        let entries = range.flatMap { parts[$0] }
        lookCount += entries.count
        return entries
    }

    package func evict(_ entry: EvictableEntry) -> Bool {
        guard let (part, index) = position(of: entry.file.key), parts[part][index].lastUse <= entry.lastUse else {
            return false
        }
        parts[part].remove(at: index)
        byteCount -= entry.byteCount
        entryCount -= 1
        return true
    }

    private func position(of key: CacheKey) -> (part: Int, index: Int)? {
        let part = Self.part(of: key)
        return parts[part].firstIndex { $0.file.key == key }.map { (part, $0) }
    }

    private static func part(of key: CacheKey) -> Int { Int(key.words.0 >> 52) }
}
