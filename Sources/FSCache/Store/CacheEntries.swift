internal import Foundation

/// The entries of a cache, read in batches if the backend can, and decoded one after another.
struct CacheEntries: AsyncSequence {
    let cache: ResponseCache
    let selection: EntrySelection
    let prefix: String
    let now: Date

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
                    if let entry = await entries.cache.entry(scanned),
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
    fileprivate func entry(_ scanned: ScannedEntry) async -> CacheEntry? {
        let listing = scanned.listing
        if listing.isSetAside {
            let error = FSCacheError(.storeFailed, "The entry could not be decoded and was set aside for inspection.")
            return CacheEntry(listing: listing, content: .failure(error), encoded: nil)
        }
        var encoded = scanned.entry
        do {
            if encoded == nil { encoded = try await Maintenance.run { try await backend.read(listing.key) } }
            guard let encoded else { return nil }
            let response = try decode(encoded, for: listing.key)
            return CacheEntry(listing: listing, content: .success(response), encoded: encoded)
        } catch {
            return CacheEntry(listing: listing, content: .failure(error), encoded: encoded)
        }
    }
}
