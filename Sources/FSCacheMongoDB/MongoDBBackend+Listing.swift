#if MongoDB
public import FSCache
internal import Synchronization

extension MongoDBBackend {
    /// Lists entries in the order of their keys, by the index of `_id`.
    ///
    /// At most 500 listings are in memory at a time.
    ///
    /// - Parameter prefix: The first hexadecimal digits of the keys to list, in lower case. Empty for all keys.
    /// - Returns: The entries, listed on demand. The sequence throws the same errors as ``read(_:)``.
    public func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error> {
        pages(prefix: prefix, where: [])
    }

    /// Lists the entries that also meet other conditions.
    func pages(
        prefix: String,
        where conditions: [(name: String, value: CommandValue)]
    ) -> AsyncThrowingStream<EntryListing, any Error> {
        let walk = Walk(self, prefix: prefix, conditions)
        return AsyncThrowingStream { try await walk.next() }
    }

    /// Asks for one page after the other, so that no cursor stays open on the server if the listing is left.
    private final class Walk: Sendable {
        private struct State {
            /// The pending listings, in reverse order.
            var listings: [EntryListing] = []
            /// The last `_id` so far.
            var last: String?
            var isComplete = false
        }

        private static let pageSize = 500

        private let backend: MongoDBBackend
        private let prefix: String
        private let conditions: [(name: String, value: CommandValue)]
        private let state: Mutex<State>

        init(_ backend: MongoDBBackend, prefix: String, _ conditions: [(name: String, value: CommandValue)]) {
            self.backend = backend
            self.prefix = prefix
            self.conditions = conditions
            let isHexadecimal = prefix.utf8.count <= 64 && prefix.allSatisfy("0123456789abcdef".contains)
            state = Mutex(State(isComplete: !isHexadecimal))
        }

        func next() async throws -> EntryListing? {
            while true {
                let (listing, last, isComplete) = state.withLock { state in
                    (state.listings.popLast(), state.last, state.isComplete)
                }
                if let listing { return listing }
                if isComplete {
                    try backend.server.checkOpen()
                    return nil
                }
                try await readOn(after: last)
            }
        }

        private func readOn(after last: String?) async throws {
            // No key has a digit after f, and strings are compared byte by byte.
            let start: CommandValue =
                last.map { ["$gt": .string($0), "$lt": .string(prefix + "g")] }
                ?? ["$gte": .string(prefix), "$lt": .string(prefix + "g")]
            let filter = CommandValue.map([("_id", start)] + conditions)
            let page = try await backend.server.run("list entries") { [entries = backend.entries] connection in
                try connection.find(
                    in: entries,
                    where: filter,
                    fields: StoredEntry.heading,
                    limit: Self.pageSize
                )
            }
            state.withLock { state in
                state.listings = page.compactMap { EntryListing($0) }.reversed()
                state.last = page.last?[string: "_id"]
                state.isComplete = page.count < Self.pageSize
            }
        }
    }
}
#endif
