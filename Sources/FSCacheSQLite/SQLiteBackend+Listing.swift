#if SQLite
public import FSCache
internal import Foundation
internal import GRDB
internal import Synchronization

extension SQLiteBackend {
    /// Lists entries in the order of their keys.
    ///
    /// At most 512 of them are in memory at a time, and no transaction is open in between, so a listing of any length
    /// hinders nobody.
    ///
    /// - Parameter prefix: The first hexadecimal digits of the keys to list, in lower case. Empty for all keys.
    /// - Returns: The entries, listed on demand. The sequence throws the same errors as ``read(_:)``.
    public func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error> {
        let walk = Walk(self, prefix)
        return AsyncThrowingStream { try await walk.next() }
    }

    /// Counts the entries.
    ///
    /// - Returns: The number of entries, including those that were set aside.
    /// - Throws: The same errors as ``list(prefix:)``.
    public func count() async throws -> Int {
        try await read("count", nil) { file in
            try file.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM entries") }
        } ?? 0
    }

    private final class Walk: Sendable {
        private static let pageCount = 512

        private struct State {
            /// The pending listings, in reverse order.
            var listings: [EntryListing] = []
            var isAtEnd: Bool
            var last: (key: Data, isSetAside: Bool)
        }

        private let backend: SQLiteBackend
        private let lastKey: Data
        private let state: Mutex<State>

        init(_ backend: SQLiteBackend, _ prefix: String) {
            self.backend = backend
            // Digits in upper case match no key, as in other backends.
            let isValid = prefix.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
            func key(filledWith digit: String) -> CacheKey? {
                isValid ? CacheKey(prefix + String(repeating: digit, count: max(0, 64 - prefix.utf8.count))) : nil
            }
            let first = key(filledWith: "0")
            self.lastKey = key(filledWith: "f")?.blob ?? Data()
            // A row that comes before both rows of the first key.
            self.state = Mutex(State(isAtEnd: false, last: (first?.blob.dropLast() ?? Data(), false)))
        }

        func next() async throws -> EntryListing? {
            while true {
                let (listing, isAtEnd) = state.withLock { ($0.listings.popLast(), $0.isAtEnd) }
                if let listing { return listing }
                guard !isAtEnd else { return nil }
                try await readOn()
            }
        }

        private func readOn() async throws {
            let last = state.withLock { $0.last }
            let lastKey = lastKey
            let listings = try await backend.read("list", nil) { file in
                try file.read { try $0.listings(after: last, upTo: lastKey, count: Self.pageCount) }
            }
            let page = listings ?? []
            state.withLock { state in
                state.listings = page.reversed()
                state.isAtEnd = page.count < Self.pageCount
                if let last = page.last { state.last = (last.key.blob, last.isSetAside) }
            }
        }
    }
}

extension Database {
    fileprivate func listings(
        after last: (key: Data, isSetAside: Bool),
        upTo lastKey: Data,
        count: Int
    ) throws -> [EntryListing] {
        let statement = try cachedStatement(
            sql: """
                SELECT key, setAside, extension, byteCount, modified FROM entries
                WHERE (key, setAside) > (?, ?) AND key <= ? ORDER BY key, setAside LIMIT ?
                """
        )
        return try Row.fetchAll(statement, arguments: [last.key, last.isSetAside, lastKey, count]).compactMap { row in
            CacheKey(blob: row[0]).map {
                EntryListing(
                    key: $0,
                    fileExtension: row[2],
                    byteCount: row[3],
                    modifiedAt: Date(timeIntervalSince1970: row[4]),
                    isSetAside: row[1]
                )
            }
        }
    }
}
#endif
