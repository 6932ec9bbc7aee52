import FSCache
import Foundation
import Serializers

extension Comparison {
    /// A response that replaces a stored one, which the subject reads first.
    static let nativeStore = Comparison(name: "native-store", baselineName: "raw replace", limit: 2) { folder in
        let session = try session(in: folder)
        let subject: Operation = { times in
            for _ in 0..<times {
                let response = try await session.get(Sample.url, options: RequestOptions(forceRefresh: true))
                guard response.cacheStatus.isStored else { throw NotStored() }
            }
        }
        return (subject, RawFile.replacing(folder.appending(path: "raw"), with: Sample.file))
    }

    /// A response with a new key, in a cache that has the directories of 100,000 entries, so the directories of nearly
    /// four in five keys exist.
    static let nativeStoreNew = Comparison(
        name: "native-store-new",
        baselineName: "raw create",
        limit: 2,
        isQuicklyPrepared: false
    ) { folder in
        let operations = try storeNew(in: folder)
        try makeShards(in: folder.appending(path: "cache"), forEntries: 100_000)
        return operations
    }

    /// A response with a new key in an empty cache, where most entries need one or two new directories.
    static let nativeStoreFirst = Comparison(name: "native-store-first", baselineName: "raw create") { folder in
        try storeNew(in: folder)
    }

    private static func storeNew(in folder: URL) throws -> (subject: Operation, baseline: Operation) {
        let session = try session(in: folder)
        let made = Counter()
        let subject: Operation = { times in
            let first = made.add(times)
            for number in first..<(first + times) {
                let response = try await session.send(Sample.request(number: number))
                guard response.cacheStatus.isStored else { throw NotStored() }
            }
        }
        return (subject, RawFile.creating(in: folder, with: Sample.file))
    }

    /// Creates the directories that a number of entries would have.
    private static func makeShards(in folder: URL, forEntries count: Int) throws {
        let root = folder.path(percentEncoded: false)
        func make(_ path: String) throws {
            guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
                throw POSIXError(.init(rawValue: errno) ?? .EIO)
            }
        }
        func digits(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
        var generator = SplitMix64(state: 1)
        for first in UInt8.min...UInt8.max { try make("\(root)/\(digits(first))") }
        for _ in 0..<count {
            let (first, second) = (
                UInt8.random(in: 0...255, using: &generator), UInt8.random(in: 0...255, using: &generator)
            )
            try make("\(root)/\(digits(first))/\(digits(second))")
        }
    }

    /// Thrown when a response was not stored.
    private struct NotStored: Error {}

    private static func session(in folder: URL) throws -> CachedSession {
        try CachedSession(
            folder.appending(path: "cache").path(percentEncoded: false),
            serializer: .native,
            transport: ScriptedTransport.answering
        )
    }
}
