internal import CFileSystem
internal import Foundation
internal import Synchronization

extension FilesystemBackend {
    /// Lists entries in the order of their keys.
    ///
    /// At most one directory of the first level, a 256th of the cache, is in memory at a time.
    ///
    /// - Parameter prefix: The first hexadecimal digits of the keys to list, in lower case. Empty for all keys.
    /// - Returns: The entries, listed on demand. The sequence throws ``FSCacheError/Code/storeFailed`` when a directory
    ///   can't be read, and ``FSCacheError/Code/closed``.
    public func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error> {
        let walk = Walk(self, prefix: prefix)
        return AsyncThrowingStream { try await walk.next() }
    }

    private final class Walk: Sendable {
        private struct State {
            /// The unread directories of the first level, in reverse order; `nil` before the first step.
            var directories: [UInt8]?
            /// The pending listings, in reverse order.
            var listings: [EntryListing] = []
        }

        private let backend: FilesystemBackend
        private let prefix: String
        private let state = Mutex(State())

        init(_ backend: FilesystemBackend, prefix: String) {
            self.backend = backend
            self.prefix = prefix
        }

        func next() async throws -> EntryListing? {
            while true {
                if let listing = state.withLock({ $0.listings.popLast() }) { return listing }
                guard try await BlockingWork.run({ try self.readOn() }) else { return nil }
            }
        }

        /// Reads the next directory of the first level.
        ///
        /// - Returns: Whether there was one.
        private func readOn() throws -> Bool {
            try backend.perform("list", nil) { store throws(SystemError) in
                var directories: [UInt8]
                if let rest = state.withLock({ $0.directories }) {
                    directories = rest
                } else {
                    directories = try store.directories().filter(mayMatch).reversed()
                }
                let first = directories.popLast()
                var listings: [EntryListing] = []
                if let first {
                    for second in try store.directories(below: first) {
                        let shard = ShardName(first: first, second: second)
                        guard mayMatch(shard) else { continue }
                        listings += try store.files(in: shard).map { EntryListing($0, in: store) }
                    }
                }
                listings.removeAll { !$0.key.description.hasPrefix(prefix) }
                state.withLock { $0 = State(directories: directories, listings: listings.reversed()) }
                return first != nil
            }
        }

        private func mayMatch(_ first: UInt8) -> Bool {
            ShardName.digits(first).hasPrefix(prefix.prefix(2))
        }

        private func mayMatch(_ shard: ShardName) -> Bool {
            (ShardName.digits(shard.first) + ShardName.digits(shard.second)).hasPrefix(prefix.prefix(4))
        }
    }
}

extension EntryListing {
    fileprivate init(_ stored: (file: EntryFile, status: cfs_status), in store: StoreDirectory) {
        self.init(
            key: stored.file.key,
            fileExtension: stored.file.fileExtension.text,
            byteCount: Int(stored.status.byte_count),
            modifiedAt: Date(
                timeIntervalSince1970: Double(stored.status.modified_seconds)
                    + Double(stored.status.modified_nanoseconds) / 1e9
            ),
            isSetAside: stored.file.isSetAside,
            path: store.path(of: stored.file),
            diskByteCount: Int(stored.status.allocated_byte_count)
        )
    }
}
