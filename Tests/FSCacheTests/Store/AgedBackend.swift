import Foundation
import Synchronization

@testable import FSCache

/// A filesystem backend whose files look older than they are, and that counts reads.
final class AgedBackend: ImmediateBackend, StreamingBackend, QuarantiningBackend {
    let files: FilesystemBackend
    private let age: Double
    private let reads = Atomic<Int>(0)

    /// Makes a backend over files.
    ///
    /// - Parameters:
    ///   - files: The files.
    ///   - age: How many seconds older they look; negative for younger.
    init(_ files: FilesystemBackend, age: Double = 60) {
        self.files = files
        self.age = age
    }

    /// The number of reads of entries.
    var readCount: Int { reads.load(ordering: .sequentiallyConsistent) }

    private func aged(_ identity: EntryIdentity?) -> EntryIdentity? {
        identity.map { EntryIdentity($0.words, settlesAt: $0.settlesAt - age) }
    }

    private func countRead() {
        reads.add(1, ordering: .sequentiallyConsistent)
    }

    func readNow(_ key: CacheKey) throws -> ImmediateRead {
        countRead()
        let read = try files.readNow(key)
        return if case .entry(let entry, let identity) = read { .entry(entry, aged(identity)) } else { read }
    }

    func identity(of key: CacheKey) -> EntryIdentity? { aged(files.identity(of: key)) }

    func read(_ key: CacheKey) async throws -> EncodedEntry? {
        countRead()
        return try await files.read(key)
    }

    func open(_ key: CacheKey) async throws -> (any EntryReader)? {
        countRead()
        return try await files.open(key)
    }

    func write(_ entry: EncodedEntry, for key: CacheKey) async throws { try await files.write(entry, for: key) }

    func makeWriter(for key: CacheKey, fileExtension: String, expires: Date?) async throws -> any EntryWriter {
        try await files.makeWriter(for: key, fileExtension: fileExtension, expires: expires)
    }

    func remove(_ key: CacheKey) async throws -> Bool { try await files.remove(key) }

    func setAside(_ entry: any EntryReader, for key: CacheKey) async throws {
        try await files.setAside(entry, for: key)
    }

    func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error> { files.list(prefix: prefix) }

    func close() async { await files.close() }
}
