import FSCacheTesting
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import FSCache

@Suite("A directory and a clock that change under a session")
struct AdversityTests {
    private let scratch: ScratchDirectory
    private let clock = TestClock()

    init() throws {
        scratch = try ScratchDirectory()
    }

    private func open(_ settings: CacheSettings = CacheSettings()) throws -> CachedSession {
        let clock = clock
        return CachedSession(
            cache: try ResponseCache(scratch("cache"), settings: settings),
            transport: ScriptedTransport { exchange in
                let url = TortureSite.url(of: exchange.request)
                return try VerifiablePage.response(url, seed: UInt64(exchange.ordinal), wordCount: 100)
            },
            now: { clock.now }
        )
    }

    private func expectPages(_ session: CachedSession, _ options: RequestOptions = .init()) async throws {
        for index in 0..<10 {
            let response = try await session.get(TortureSite.url(index), options: options)
            #expect(VerifiablePage.problem(in: response, of: TortureSite.url(index)) == nil)
        }
    }

    private func expectOrder(_ count: Int = 10) async throws {
        var findings: [VerificationFinding] = []
        let summary = try await ResponseCache(scratch("cache")).verify { findings.append($0) }
        #expect(findings == [] && summary.entries == count, "\(findings)")
    }

    @Test(
        "With the clock a day back, requests get their pages, entries are replaced and refreshed, and all are in order",
        arguments: [CacheSettings(expireAfter: 60), CacheSettings(expireAfter: 60, cacheControl: true), .rfc9111()]
    )
    func clockBack(_ settings: CacheSettings) async throws {
        let session = try open(settings)
        try await expectPages(session)
        clock.advance(by: -86_400)
        try await expectPages(session)
        try await expectPages(session, .init(refresh: true))
        try await expectPages(session, .init(forceRefresh: true))
        // Files of the future, as after the clock of the machine was corrected.
        let future = Date(timeIntervalSinceNow: 86_400)
        for name in try scratch.contents(of: "cache") where name.hasSuffix(".cbor") {
            try FileManager.default.setAttributes([.modificationDate: future], ofItemAtPath: scratch("cache/\(name)"))
        }
        try await expectPages(session)
        try await expectPages(session, .init(forceRefresh: true))
        try await expectOrder()
        #expect(session.cache.counts.writeFailures == 0 && session.cache.counts.readFailures == 0)
        await session.close()
    }

    @Test("If the directory is deleted or replaced under a session, requests get their pages and are stored again")
    func replacedDirectory() async throws {
        let session = try open()
        try await expectPages(session)
        let files = FileManager.default
        try files.moveItem(atPath: scratch("cache"), toPath: scratch("before"))
        try files.createDirectory(
            atPath: scratch("cache"),
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
        // Hits are served from the moved directory until something is missed.
        try await expectPages(session)
        _ = try await session.get(TortureSite.url(10))
        try await expectPages(session)
        try await expectOrder(11)

        try files.removeItem(atPath: scratch("cache"))
        try files.moveItem(atPath: scratch("before"), toPath: scratch("cache"))
        try await expectPages(session)
        try await expectOrder()

        try files.removeItem(atPath: scratch("cache"))
        try await expectPages(session, .init(forceRefresh: true))
        try await expectOrder()
        await session.close()
    }
}
