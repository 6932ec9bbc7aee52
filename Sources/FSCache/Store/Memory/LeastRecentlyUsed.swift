/// Values under keys in the order of their last use, each with a weight.
///
/// Every operation takes constant time.
package struct LeastRecentlyUsed<Key: Hashable, Value> {
    /// A link of the chain from the most to the least recently used.
    ///
    /// Links are slots of an array. The chain begins and ends at slot 0.
    private struct Link {
        var content: (key: Key, value: Value, weight: Int)?
        var newer = 0
        var older = 0
    }

    private var links = [Link(content: nil)]
    private var freeSlots: [Int] = []
    private var slots: [Key: Int] = [:]
    /// The sum of the weights.
    package private(set) var weight = 0

    package init() {}

    var isEmpty: Bool { slots.isEmpty }
    var count: Int { slots.count }

    /// The keys and values, most recently used first.
    var contents: [(key: Key, value: Value)] {
        sequence(state: 0) { slot in
            slot = links[slot].older
            return links[slot].content.map { ($0.key, $0.value) }
        }.map { $0 }
    }

    /// A value, without marking it as used.
    func peek(_ key: Key) -> Value? {
        slots[key].flatMap { links[$0].content?.value }
    }

    /// A value, which is marked as the most recently used one.
    package mutating func use(_ key: Key) -> Value? {
        guard let slot = slots[key] else { return nil }
        unlink(slot)
        linkAsNewest(slot)
        return links[slot].content?.value
    }

    /// Inserts or replaces the value of a key.
    package mutating func insert(_ value: Value, for key: Key, weight: Int) {
        remove(key)
        let slot = freeSlots.popLast() ?? links.endIndex
        let link = Link(content: (key, value, weight))
        if slot == links.endIndex { links.append(link) } else { links[slot] = link }
        linkAsNewest(slot)
        slots[key] = slot
        self.weight += weight
    }

    @discardableResult
    mutating func remove(_ key: Key) -> Value? {
        guard let slot = slots.removeValue(forKey: key), let content = links[slot].content else { return nil }
        unlink(slot)
        links[slot].content = nil
        freeSlots.append(slot)
        weight -= content.weight
        return content.value
    }

    package mutating func removeLeastRecentlyUsed() {
        guard let key = links[links[0].newer].content?.key else { return }
        remove(key)
    }

    private mutating func unlink(_ slot: Int) {
        let (newer, older) = (links[slot].newer, links[slot].older)
        links[newer].older = older
        links[older].newer = newer
    }

    private mutating func linkAsNewest(_ slot: Int) {
        let newest = links[0].older
        links[slot].newer = 0
        links[slot].older = newest
        links[newest].newer = slot
        links[0].older = slot
    }
}
