import FSCache
import Foundation
import HTTPTypes
import Serializers
import TestSupport
import Testing

/// Uses stored responses as a user's test suite does: read-only and without a network.
@Suite("Fixture caches")
struct FixtureCacheTests {
    private func session(_ path: String) throws -> CachedSession {
        try CachedSession(path, settings: CacheSettings(isReadOnly: true), transport: FixtureCache.Unreachable())
    }

    /// Runs a test on a copy of a fixture, optionally without write permissions for its directories and files.
    private func withCopy(
        _ format: FormatUnderTest,
        directories: Int = 0o755,
        files: Int = 0o644,
        change: (String) throws -> Void = { _ in },
        _ body: (_ path: String) async throws -> Void
    ) async throws {
        let scratch = try ScratchDirectory()
        let path = scratch("cache")
        try FileManager.default.copyItem(at: FixtureCache.folder(format), to: URL(filePath: path))
        try change(path)
        func setPermissions(directories: Int, files: Int) throws {
            for name in try scratch.contents(of: "cache").reversed() + [""] {
                let attributes = try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
                let isDirectory = attributes[.type] as? FileAttributeType == .typeDirectory
                let permissions = isDirectory ? directories : files
                try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: "\(path)/\(name)")
            }
        }
        try setPermissions(directories: directories, files: files)
        defer {
            for name in [""] + ((try? scratch.contents(of: "cache")) ?? []) {
                try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(path)/\(name)")
            }
        }
        let before = try FixtureCache.snapshot(URL(filePath: path))
        try await body(path)
        #expect(try FixtureCache.snapshot(URL(filePath: path)) == before)
    }

    private func expectAllServed(_ session: CachedSession, from name: String) async throws {
        for page in FixtureCache.pages {
            for options in [
                RequestOptions(followsRedirects: false), RequestOptions(onlyIfCached: true, followsRedirects: false),
            ] {
                let response = try await session.get(page.url, options: options)
                #expect(response.isFromCache, "\(name): \(page.url)")
                #expect(response.status.code == page.status)
                #expect(response.body == page.body, "\(name): \(page.url)")
                #expect(response.headerFields[.contentType] == page.fields[.contentType])
                #expect(response.headerFields[.contentLength] == "\(page.body.count)")
                #expect(response.elapsed == .milliseconds(80))
                #expect(!response.isEdited)
            }
        }
        let followed = try await session.get("https://www.example.com/shop")
        #expect(followed.url == "https://api.example.com/items")
        #expect(followed.history.map(\.status.code) == [301])
        #expect(followed.isFromCache)
    }

    @Test("Every response is served, and the directory stays unchanged", arguments: FormatUnderTest.readable)
    func servesAll(format: FormatUnderTest) async throws {
        let folder = FixtureCache.folder(format)
        let before = try FixtureCache.snapshot(folder)
        let session = try session(folder.path(percentEncoded: false))
        try await expectAllServed(session, from: format.testDescription)
        #expect(try await session.cache.count() == FixtureCache.pages.count)
        #expect(try await session.cache.urls() == FixtureCache.pages.map(\.url).sorted())
        await session.close()
        #expect(try FixtureCache.snapshot(folder) == before)
    }

    @Test("A directory without permission to write is enough", arguments: FormatUnderTest.readable)
    func servesFromReadOnlyDirectory(format: FormatUnderTest) async throws {
        try await withCopy(format, directories: 0o555, files: 0o444) { path in
            try await expectAllServed(try session(path), from: format.testDescription)
        }
    }

    @Test(
        "A miss is a 504 when only the cache may answer, otherwise the transport's error",
        arguments: FormatUnderTest.readable
    )
    func missesAreClear(format: FormatUnderTest) async throws {
        try await withCopy(format) { path in
            let session = try session(path)
            let url = "https://api.example.com/items?page=3"
            let response = try await session.get(url, options: RequestOptions(onlyIfCached: true))
            #expect(response.status.code == 504)
            #expect(response.text().contains(url))
            #expect(!response.isFromCache)
            await #expect(throws: FixtureCache.Unreachable.self) { try await session.get(url) }
        }
    }

    @Test(
        "Operations that would change a writable cache change nothing in a read-only one",
        arguments: FormatUnderTest.readable
    )
    func writesNothing(format: FormatUnderTest) async throws {
        try await withCopy(format) { path in
            let transport = ScriptedTransport { exchange in
                exchange.request.headerFields[.ifNoneMatch] != nil
                    ? TransportResponse(304, [.eTag: "\"items-1\"", .server: "new"]) : TransportResponse(body: "new")
            }
            let settings = CacheSettings(filter: { _ in false }, isReadOnly: true)
            let session = try CachedSession(path, settings: settings, transport: transport)
            let url = FixtureCache.pages[0].url
            #expect(try await session.get(url).isFromCache)
            #expect(try await session.get(url, options: RequestOptions(refresh: true)).isRevalidated)
            #expect(try await session.get(url, options: RequestOptions(forceRefresh: true)).text() == "new")
            #expect(try await session.get("https://example.com/new").text() == "new")
            #expect(try await session.put(url).text() == "new")
            #expect(try await session.get(url).body == FixtureCache.pages[0].body)
        }
    }

    @Test("A damaged entry is a miss that stays where it is", arguments: FormatUnderTest.readable)
    func damageIsLeftAlone(format: FormatUnderTest) async throws {
        let page = FixtureCache.pages[0]
        try await withCopy(format) { path in
            let cache = try ResponseCache(path)
            let key = try cache.key(for: HTTPRequest(url: page.url)).description
            let file = "\(path)/\(key.prefix(2))/\(key.dropFirst(2).prefix(2))/\(key).\(format.fileExtension)"
            try Data("{".utf8).write(to: URL(filePath: file))
            try? FileManager.default.removeItem(atPath: "\(path)/tmp")
        } _: { path in
            let session = try session(path)
            let response = try await session.get(page.url, options: RequestOptions(onlyIfCached: true))
            #expect(response.status.code == 504)
            #expect(session.cache.counts.undecodableEntries == 1)
        }
    }

    @Test(
        "The caches are marked as such, and hold nothing but entries in their format",
        arguments: FormatUnderTest.readable
    )
    func fixturesAreComplete(format: FormatUnderTest) throws {
        let path = FixtureCache.folder(format).path(percentEncoded: false)
        let names = try FileManager.default.subpathsOfDirectory(atPath: path).filter {
            $0.utf8.count != 2 && $0.utf8.count != 5
        }
        #expect(names.count == FixtureCache.pages.count + 2)
        #expect(names.contains("CACHEDIR.TAG"))
        #expect(names.contains("fscache.layout"))
        #expect(names.filter { $0.hasSuffix(".\(format.fileExtension)") }.count == FixtureCache.pages.count)
    }

    @Test("Making the fixture caches again gives equal bytes", arguments: FormatUnderTest.readable)
    func fixturesCanBeMadeAnew(format: FormatUnderTest) async throws {
        let folder = FixtureCache.folder(format)
        if Repository.makesFixtures {
            try? FileManager.default.removeItem(at: folder)
            try await FixtureCache.make(at: folder.path(percentEncoded: false), format)
        }
        let scratch = try ScratchDirectory()
        try await FixtureCache.make(at: scratch("cache"), format)
        let made = try FixtureCache.snapshot(URL(filePath: scratch("cache"))).mapValues { $0[4] }
        #expect(try made == FixtureCache.snapshot(folder).mapValues { $0[4] })
    }
}
