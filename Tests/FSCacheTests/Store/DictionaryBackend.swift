import FSCache
import Foundation
import Synchronization

/// The example of the page "Writing a backend".
final class DictionaryBackend: CacheBackend {
    private typealias Entries = [CacheKey: (entry: EncodedEntry, listing: EntryListing)]
    private let entries = Mutex<Entries?>([:])

    func read(_ key: CacheKey) throws -> EncodedEntry? { try access { $0[key]?.entry } }

    func write(_ entry: EncodedEntry, for key: CacheKey) throws {
        try access { $0[key] = (entry, EntryListing(entry, for: key, modifiedAt: Date())) }
    }

    func remove(_ key: CacheKey) throws -> Bool { try access { $0.removeValue(forKey: key) != nil } }

    func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error> {
        AsyncThrowingStream { continuation in
            do {
                let listings = try access { $0.values.map(\.listing) }
                for listing in listings where listing.key.description.hasPrefix(prefix) { continuation.yield(listing) }
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
    }

    func close() { entries.withLock { $0 = nil } }

    private func access<Value: Sendable>(_ body: (inout Entries) -> Value) throws -> Value {
        try entries.withLock { entries in
            guard var open = entries.take() else { throw FSCacheError(.closed, "The dictionary has been closed.") }
            defer { entries = open }
            return body(&open)
        }
    }
}
