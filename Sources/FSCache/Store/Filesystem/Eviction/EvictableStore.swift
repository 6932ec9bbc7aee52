package import Foundation

/// A store as the ``Evictor`` sees it.
package protocol EvictableStore {
    /// The entries in consecutive parts of the store, which have the first two digits of their keys in common.
    ///
    /// Parts are numbered by the first three digits of their keys.
    func entries(in parts: Range<Int>) throws(SystemError) -> [EvictableEntry]

    /// Removes an entry, unless it has been replaced or used since it was looked at.
    ///
    /// - Returns: Whether it was removed.
    func evict(_ entry: EvictableEntry) throws(SystemError) -> Bool

    /// Adds to the number of entries that all evictors of the store have evicted.
    ///
    /// - Returns: Whether it was added, and needn't be passed again.
    func addEvictions(_ count: Int) -> Bool
}

/// An entry that may be evicted.
package struct EvictableEntry: Sendable {
    package var file: EntryFile
    /// Differs between files.
    package var fileNumber: UInt64
    /// The space it takes on the disk.
    package var byteCount: Int
    package var lastUse: Date

    package init(file: EntryFile, fileNumber: UInt64, byteCount: Int, lastUse: Date) {
        self.file = file
        self.fileNumber = fileNumber
        self.byteCount = byteCount
        self.lastUse = lastUse
    }

    var amount: StoreAmount { StoreAmount(bytes: Double(byteCount), entries: 1) }
}
