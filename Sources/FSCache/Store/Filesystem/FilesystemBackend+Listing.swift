internal import CFileSystem
internal import Foundation
internal import Synchronization

extension FilesystemBackend {
    /// Lists entries in the order of their keys.
    ///
    /// - Parameter prefix: The first hexadecimal digits of the keys to list, in lower case. Empty for all keys.
    /// - Returns: The entries, listed on demand, a few hundred ahead. The sequence throws
    ///   ``FSCacheError/Code/storeFailed`` when a directory can't be read, and ``FSCacheError/Code/closed``.
    public func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error> {
        let walk = BatchWalk(self, "list", prefix: prefix, isFull: Self.isFull) { shard, store throws(SystemError) in
            try store.files(in: shard).compactMap { file, status in
                file.key.hasPrefix(prefix) ? EntryListing(file, status, in: store) : nil
            }
        }
        return AsyncThrowingStream { try await walk.next() }
    }

    /// Reads entries in the order of their keys.
    ///
    /// An entry that is larger than 256 KiB, was set aside or can't be read comes without its bytes.
    ///
    /// - Parameter prefix: The first hexadecimal digits of the keys to read, in lower case. Empty for all keys.
    /// - Returns: The entries, read on demand, about 1 MiB ahead. The sequence throws the same errors as
    ///   ``list(prefix:)``.
    public func scan(prefix: String) -> AsyncThrowingStream<[ScannedEntry], any Error> {
        let walk = BatchWalk(self, "read", prefix: prefix, isFull: Self.isFull) { shard, store throws(SystemError) in
            try store.contents(in: shard, upTo: Self.inlineByteCount).compactMap { file, status, bytes in
                guard file.key.hasPrefix(prefix) else { return nil }
                let entry = bytes.map { EncodedEntry(bytes: $0, fileExtension: file.fileExtension.text) }
                return ScannedEntry(listing: EntryListing(file, status, in: store), entry: entry)
            }
        }
        return AsyncThrowingStream { try await walk.nextBatch() }
    }

    private static func isFull(_ batch: [EntryListing]) -> Bool { batch.count >= 512 }

    private static func isFull(_ batch: [ScannedEntry]) -> Bool {
        batch.count >= 512 || batch.reduce(0) { $0 + ($1.entry?.bytes.count ?? 0) } >= 1 << 20
    }

    /// Counts the entries without looking at their files, if the file system tells the types of files with their names.
    ///
    /// - Returns: The number of entries, including those that were set aside.
    /// - Throws: ``FSCacheError/Code/storeFailed`` when a directory can't be read; ``FSCacheError/Code/closed``.
    public func count() async throws -> Int {
        try await BlockingWork.run { [self] in
            try perform("count", nil) { store throws(SystemError) in
                var (walk, count) = (ShardWalk(), 0)
                while let shard = try walk.next(in: store) { count += try store.count(in: shard) }
                return count
            }
        }
    }
}

/// Reads shard after shard on another thread, until a batch of elements is full, and one batch ahead.
private final class BatchWalk<Element: Sendable>: Sendable {
    private struct State {
        var shards: ShardWalk
        /// The pending elements, in reverse order.
        var pending: [Element] = []
        /// The next batch, which is being read.
        var ahead: Task<[Element]?, any Error>?
    }

    private let backend: FilesystemBackend
    private let verb: String
    private let isFull: @Sendable ([Element]) -> Bool
    private let elements: @Sendable (ShardName, StoreDirectory) throws(SystemError) -> [Element]
    private let state: Mutex<State>

    init(
        _ backend: FilesystemBackend,
        _ verb: String,
        prefix: String,
        isFull: @escaping @Sendable ([Element]) -> Bool,
        elements: @escaping @Sendable (ShardName, StoreDirectory) throws(SystemError) -> [Element]
    ) {
        self.backend = backend
        self.verb = verb
        self.isFull = isFull
        self.elements = elements
        self.state = Mutex(State(shards: ShardWalk(prefix: prefix)))
    }

    func next() async throws -> Element? {
        if let element = state.withLock({ $0.pending.popLast() }) { return element }
        guard let batch = try await nextBatch() else { return nil }
        return state.withLock { state in
            state.pending = batch.reversed()
            return state.pending.popLast()
        }
    }

    /// The next elements; `nil` at the end, never empty.
    func nextBatch() async throws -> [Element]? {
        let reading = state.withLock { $0.ahead.take() } ?? read()
        guard let batch = try await reading.value else { return nil }
        state.withLock { $0.ahead = read() }
        return batch
    }

    private func read() -> Task<[Element]?, any Error> {
        Task {
            try await BlockingWork.run { [self] in
                try backend.perform(verb, nil) { store throws(SystemError) in
                    var shards = state.withLock { $0.shards }
                    var batch: [Element] = []
                    while !isFull(batch), let shard = try shards.next(in: store) { batch += try elements(shard, store) }
                    let rest = shards
                    state.withLock { $0.shards = rest }
                    return batch.isEmpty ? nil : batch
                }
            }
        }
    }
}

extension EntryListing {
    fileprivate init(_ file: EntryFile, _ status: cfs_status, in store: StoreDirectory) {
        self.init(
            key: file.key,
            fileExtension: file.fileExtension.text,
            byteCount: Int(status.byte_count),
            modifiedAt: Date(
                timeIntervalSince1970: Double(status.modified_seconds) + Double(status.modified_nanoseconds) / 1e9
            ),
            isSetAside: file.isSetAside,
            path: store.path(of: file),
            diskByteCount: Int(status.allocated_byte_count)
        )
    }
}
