public import Foundation
public import HTTPTypes

extension ResponseCache {
    /// How many bytes of entries are read at most to explain a miss.
    private static let searchByteLimit = 64 << 20

    /// Explains why no stored response answers a request, by the most similar stored requests.
    ///
    /// It reads entries: first those for the same method and URL, then others, at most
    /// ``MissExplanation/searchLimit`` and 64 MiB together.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - body: Its content.
    ///   - advice: What to do: the command or the setting that stores a response.
    ///   - now: The time that decides whether a stored response is stale.
    /// - Returns: The explanation.
    /// - Throws: ``FSCacheError`` with ``FSCacheError/Code/invalidURL``, or when the store can't be listed.
    public func explainMiss(
        of request: HTTPRequest,
        body: Data = Data(),
        advice: String,
        now: Date = Date()
    ) async throws -> MissExplanation {
        let policy = policy
        let record = try StoredResponse.Request(request, body: body, redacting: policy.matching)
        return try await explainMiss(
            of: record,
            key: try policy.key(of: request, body: body),
            policy,
            advice: advice,
            now: now
        )
    }

    /// Explains the response with status 504 that a session makes if a request allows only stored responses.
    package func explainMiss(of response: CachedResponse, advice: String, now: Date) async throws -> MissExplanation {
        let key = response.cacheKey
        return try await explainMiss(of: response.stored.request, key: key, policy, advice: advice, now: now)
    }

    /// Explains why no stored response answers a request.
    ///
    /// - Parameters:
    ///   - record: The request as it would be stored.
    ///   - key: Its key.
    ///   - policy: The policy of the exchange.
    ///   - advice: What to do.
    ///   - now: The time.
    /// - Returns: The explanation.
    /// - Throws: When the store can't be listed.
    func explainMiss(
        of record: StoredResponse.Request,
        key: CacheKey?,
        _ policy: CachePolicy,
        advice: String,
        now: Date
    ) async throws -> MissExplanation {
        var search = NearestSearch(record, policy.matching)
        var remainingBytes = Self.searchByteLimit
        func add(_ listing: EntryListing) async {
            guard !listing.isSetAside else { return }
            // Of a large entry in the native format, only the head is read.
            let byteCount =
                listing.fileExtension == NativeFormat().fileExtension
                ? min(listing.byteCount, Self.smallByteCount) : listing.byteCount
            guard byteCount <= remainingBytes else {
                search.isCutShort = true
                return
            }
            remainingBytes -= byteCount
            let opened = try? await Maintenance.run {
                try await open(listing.key, leavingBodiesOver: Self.smallByteCount)
            }
            guard let opened, let response = try? self.response(of: opened, for: listing.key) else { return }
            search.add(
                NearestSearch.Candidate(
                    request: response.request,
                    vary: VaryNames(response.headers),
                    expiredAt: response.expires.flatMap { $0 <= now ? $0 : nil },
                    hasWantedKey: key.map { $0 == listing.key }
                )
            )
        }
        // A function of the user may give responses for the same URL any keys.
        let sameTarget = policy.settings.keyFunction == nil ? key : nil
        if let sameTarget {
            let prefix = String(sameTarget.description.prefix(CacheKey.targetDigits))
            for try await listing in backend.list(prefix: prefix) {
                guard search.mayContinue() else { break }
                await add(listing)
            }
        }
        if !search.isFull {
            for try await listing in backend.list(prefix: "") where sameTarget?.hasTarget(of: listing.key) != true {
                guard search.mayContinue() else { break }
                await add(listing)
            }
        }
        return MissExplanation(search, advice: advice)
    }
}
