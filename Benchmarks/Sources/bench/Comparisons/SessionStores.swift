import FSCache
import Foundation
import Serializers

extension Comparison {
    /// A response that is stored in the place of an earlier one.
    ///
    /// The subject reads the earlier one as well.
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

    /// A response that is stored where nothing was, its directory included, among ever more of them.
    static let nativeStoreNew = Comparison(name: "native-store-new", baselineName: "raw create", limit: 2) { folder in
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

    /// That a response was not stored.
    private struct NotStored: Error {}

    private static func session(in folder: URL) throws -> CachedSession {
        try CachedSession(
            folder.appending(path: "cache").path(percentEncoded: false),
            serializer: .native,
            transport: ScriptedTransport.answering
        )
    }
}
