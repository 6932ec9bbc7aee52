import Foundation
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import FSCache

@Suite("Offline sessions")
struct OfflineTests {
    /// A store in memory that counts.
    private final class CountingBackend: CacheBackend {
        struct Counts: Equatable {
            var reads = 0
            var lists = 0
        }

        private let memory = MemoryBackend()
        private let state = Mutex(Counts())
        private let failure: FSCacheError?

        /// - Parameter failure: What listing throws.
        init(failure: FSCacheError? = nil) { self.failure = failure }

        var counts: Counts { state.withLock { $0 } }

        func read(_ key: CacheKey) async throws -> EncodedEntry? {
            state.withLock { $0.reads += 1 }
            return try await memory.read(key)
        }

        func write(_ entry: EncodedEntry, for key: CacheKey) async throws { try await memory.write(entry, for: key) }

        func remove(_ key: CacheKey) async throws -> Bool { try await memory.remove(key) }

        func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error> {
            state.withLock { $0.lists += 1 }
            return failure.map { failure in AsyncThrowingStream { throw failure } } ?? memory.list(prefix: prefix)
        }

        func close() async { await memory.close() }
    }

    /// Stores responses, and makes an offline session over the same store.
    private func offline(
        after requests: [(url: String, fields: HTTPFields)],
        responseFields: HTTPFields = [:],
        recording: CacheSettings = CacheSettings(),
        settings: CacheSettings = CacheSettings(),
        backend: any CacheBackend = MemoryBackend(),
        transport: OfflineTransport = OfflineTransport(),
        clock: TestClock = TestClock()
    ) async throws -> CachedSession {
        let online = CachedSession(
            cache: ResponseCache(backend: backend, settings: recording),
            transport: ScriptedTransport { _ in TransportResponse(200, responseFields, body: "stored") },
            now: clock.source
        )
        for (url, fields) in requests {
            let response = try await online.get(url, headers: fields)
            #expect(response.cacheStatus.isStored)
        }
        let cache = ResponseCache(backend: backend, settings: settings)
        return CachedSession(cache: cache, transport: transport, now: clock.source)
    }

    private func failure(_ session: CachedSession, _ url: String, _ fields: HTTPFields = [:]) async throws
        -> FSCacheError
    {
        let error = await #expect(throws: FSCacheError.self) { _ = try await session.get(url, headers: fields) }
        return try #require(error)
    }

    @Test("The error explains the miss")
    func explains() async throws {
        let session = try await offline(after: [("https://shop/items?page=1", [:])])
        let error = try await failure(session, "https://shop/items?page=2")
        #expect(error.code == .offline)
        #expect(error.explanation?.reason == .query)
        #expect(
            error.message == """
                No stored response answers GET https://shop/items?page=2.
                The path is stored, but with another query. The most similar stored request:
                  GET https://shop/items?page=1
                    query page  wanted 2  stored 1
                To store a response, send the request through a session with another transport, such as URLSessionTransport.
                """
        )
    }

    @Test("A stale response is named with its time")
    func stale() async throws {
        let clock = TestClock()
        let settings = CacheSettings(expireAfter: 60)
        let session = try await offline(after: [("https://shop/items", [:])], recording: settings, clock: clock)
        let expires = clock.now + 60
        clock.advance(by: 61)
        let error = try await failure(session, "https://shop/items")
        #expect(error.explanation?.reason == .unusable)
        #expect(error.message.contains("\n    stale since \(expires.formatted(.iso8601))\n"), "\(error)")
    }

    @Test("Another variant is named by the field that the origin selects by")
    func variant() async throws {
        let session = try await offline(
            after: [("https://shop/items", [.acceptLanguage: "de"])],
            responseFields: [.vary: "Accept-Language"]
        )
        let error = try await failure(session, "https://shop/items", [.acceptLanguage: "fr", .accept: "text/html"])
        #expect(error.explanation?.reason == .variant)
        #expect(error.message.contains("\n    vary accept-language  wanted fr  stored de\n"), "\(error)")
    }

    @Test("A response that other settings stored is recognized")
    func otherSettings() async throws {
        let fields: HTTPFields = [.authorization: "Bearer s3cret"]
        let session = try await offline(
            after: [("https://shop/items", fields)],
            settings: CacheSettings(credentials: .ignored)
        )
        let error = try await failure(session, "https://shop/items", fields)
        #expect(error.explanation?.reason == .settings)
        #expect(error.message.contains("compare credentials, ignoredParameters"), "\(error)")
    }

    @Test("Different credentials are the reason if nothing else differs, and are not shown")
    func credentials() async throws {
        let session = try await offline(after: [("https://shop/items", [.authorization: "Bearer s3cret"])])
        let error = try await failure(session, "https://shop/items", [.authorization: "Bearer t0ken"])
        #expect(error.explanation?.reason == .header)
        #expect(!"\(error)".contains("s3cret") && !"\(error)".contains("t0ken"), "\(error)")
    }

    @Test("A request that bypasses the cache is told so, without a search")
    func bypass() async throws {
        let backend = CountingBackend()
        let session = try await offline(after: [("https://shop/items", [:])], backend: backend)
        let error = await #expect(throws: FSCacheError.self) {
            _ = try await session.request(.delete, "https://shop/items")
        }
        #expect(error?.explanation?.reason == .bypass)
        #expect(error?.message.contains("add it to settings.allowableMethods") == true)
        #expect(backend.counts.lists == 0)
    }

    @Test("Only an error pays for a search: no hit, no stale response, no 504, and no session that doesn't want it")
    func cost() async throws {
        let backend = CountingBackend()
        let clock = TestClock()
        let session = try await offline(
            after: [("https://shop/items", [:])],
            recording: CacheSettings(expireAfter: 60),
            settings: CacheSettings(staleIfError: .always),
            backend: backend,
            transport: OfflineTransport(explainsMisses: false),
            clock: clock
        )
        #expect(try await session.get("https://shop/items").isFromCache)
        clock.advance(by: 61)
        #expect(try await session.get("https://shop/items").isExpired)
        let options = RequestOptions(onlyIfCached: true)
        #expect(try await session.get("https://shop/other", options: options).status == .gatewayTimeout)
        let error = try await failure(session, "https://shop/other")
        #expect(error.code == .offline && error.explanation == nil)
        #expect(backend.counts.lists == 0)
    }

    @Test("If the store can't be searched, the error has no explanation")
    func brokenStore() async throws {
        let backend = CountingBackend(failure: FSCacheError(.storeFailed, "broken"))
        let session = try await offline(after: [], backend: backend)
        let error = try await failure(session, "https://shop/items")
        #expect(error.code == .offline && error.explanation == nil)
        #expect(
            error.message.hasPrefix("No stored response answers GET https://shop/items, and the session is offline.")
        )
    }

    @Test("A large store isn't read whole, and requests for the same URL are found in it")
    func bound() async throws {
        let backend = CountingBackend()
        let count = MissExplanation.searchLimit + 500
        let settings = CacheSettings(matchHeaders: ["Accept"])
        let other: HTTPFields = [.accept: "text/html"]
        let session = try await offline(
            after: (0..<count).map { ("https://shop/items/\($0)", other) },
            recording: settings,
            settings: settings,
            backend: backend
        )
        let reads = backend.counts.reads
        let error = try await failure(session, "https://shop/items/700")
        let explanation = try #require(error.explanation)
        // One more read looks the request up.
        #expect(backend.counts.reads - reads == MissExplanation.searchLimit + 1)
        #expect(explanation.searchedCount == MissExplanation.searchLimit && !explanation.isSearchComplete)
        #expect(explanation.reason == .header)
        #expect(explanation.nearest.first?.request.url == "https://shop/items/700")
        #expect(error.message.contains("\nOnly 2000 stored requests were compared"), "\(error)")
    }

    @Test("With three requests for the same URL, no others are read")
    func sameURL() async throws {
        let backend = CountingBackend()
        let settings = CacheSettings(matchHeaders: ["Accept"])
        let requests = ["a", "b", "c"].map { ("https://shop/items", [.accept: $0] as HTTPFields) }
        let session = try await offline(
            after: requests + (0..<10).map { ("https://shop/items/\($0)", [:]) },
            recording: settings,
            settings: settings,
            backend: backend
        )
        let reads = backend.counts.reads
        let explanation = try #require(try await failure(session, "https://shop/items").explanation)
        #expect(explanation.nearest.count == 3 && explanation.isSearchComplete)
        #expect(backend.counts.reads - reads == 4)
    }
}
