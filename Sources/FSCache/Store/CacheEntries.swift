internal import Foundation

/// The entries of a cache, read in batches if the backend can, and decoded one after another.
struct CacheEntries: AsyncSequence {
    let cache: ResponseCache
    let selection: EntrySelection
    let prefix: String
    let now: Date
    /// The content of a larger entry stays in the store.
    let wholeByteLimit: Int

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

    struct AsyncIterator: AsyncIteratorProtocol {
        private let entries: CacheEntries
        private var scan: AsyncThrowingStream<[ScannedEntry], any Error>.Iterator?
        private var listing: AsyncThrowingStream<EntryListing, any Error>.Iterator?
        /// The rest of the batch, in reverse order.
        private var batch: [ScannedEntry] = []

        init(_ entries: CacheEntries) {
            self.entries = entries
            if let scanning = entries.cache.capabilities.scanning {
                scan = scanning.scan(prefix: entries.prefix).makeAsyncIterator()
            } else {
                listing = entries.cache.backend.list(prefix: entries.prefix).makeAsyncIterator()
            }
        }

        mutating func next() async throws -> CacheEntry? {
            while true {
                while let scanned = batch.popLast() {
                    if let entry = await entries.cache.entry(scanned, leavingBodiesOver: entries.wholeByteLimit),
                        entry.belongs(to: entries.selection, now: entries.now)
                    {
                        return entry
                    }
                }
                guard try await readBatch() else { return nil }
            }
        }

        /// Reads the next batch.
        ///
        /// - Returns: Whether there was one.
        private mutating func readBatch() async throws -> Bool {
            if let scanned = try await scan?.next(isolation: #isolation) {
                batch = scanned.reversed()
            } else if let listing = try await listing?.next(isolation: #isolation) {
                batch = [ScannedEntry(listing: listing)]
            } else {
                return false
            }
            return true
        }
    }
}

extension ResponseCache {
    /// Decodes an entry, and reads it if the scan hasn't; `nil` if it has been removed in the meantime.
    fileprivate func entry(_ scanned: ScannedEntry, leavingBodiesOver limit: Int) async -> CacheEntry? {
        let listing = scanned.listing
        if listing.isSetAside {
            let error = FSCacheError(
                .storeFailed,
                "The entry was set aside for inspection: it could not be decoded, or another entry of its key was kept."
            )
            return CacheEntry(listing: listing, content: .failure(error), source: nil)
        }
        var opened = scanned.entry.map(OpenedEntry.whole)
        do {
            if opened == nil {
                opened = try await Maintenance.run { try await open(listing.key, leavingBodiesOver: limit) }
            }
        } catch {
            return CacheEntry(listing: listing, content: .failure(error), source: nil)
        }
        guard let opened else { return nil }
        let content = Result { try response(of: opened, for: listing.key) }
        return CacheEntry(listing: listing, content: content, source: opened.source)
    }
}
