/// Disk space, and a number of entries.
package struct StoreAmount: Sendable, Hashable {
    package var bytes: Double
    package var entries: Double

    package init(bytes: Double = 0, entries: Double = 0) {
        self.bytes = bytes
        self.entries = entries
    }

    static func + (left: Self, right: Self) -> Self {
        Self(bytes: left.bytes + right.bytes, entries: left.entries + right.entries)
    }

    static func - (left: Self, right: Self) -> Self {
        Self(bytes: left.bytes - right.bytes, entries: left.entries - right.entries)
    }

    static func * (left: Self, factor: Double) -> Self {
        Self(bytes: left.bytes * factor, entries: left.entries * factor)
    }

    static func += (left: inout Self, right: Self) { left = left + right }
    static func -= (left: inout Self, right: Self) { left = left - right }

    /// Whether both are at least those of another amount.
    func covers(_ other: Self) -> Bool { bytes >= other.bytes && entries >= other.entries }

    /// The smaller of both bytes, and of both entries.
    func limited(to other: Self) -> Self {
        Self(bytes: min(bytes, other.bytes), entries: min(entries, other.entries))
    }

    /// Without negative numbers.
    var positive: Self { Self(bytes: max(0, bytes), entries: max(0, entries)) }

    var isZero: Bool { bytes <= 0 && entries <= 0 }
}
