import FSCache
import FSCacheTesting
import Foundation
import HTTPTypes
import Logging
import Serializers
import TestSupport
import Testing

/// Checks that a session whose store fails throws a clear error when it is made, if possible, or else that it has a
/// miss, a line in the log, and the right body.
@Suite("Session over a broken store")
struct BrokenStoreTests {
    /// An obstacle at an entry's path.
    enum Obstacle: CaseIterable {
        case directoryInPlace
        case linkInPlace
        case danglingLinkInPlace
        case linkAsShard
        case linkAsShardOfShards
        case fileAsShard
        case garbageInPlace
        case emptyFileInPlace
        case entryOfAnotherKey

        /// Whether a new entry takes its place.
        var yields: Bool {
            switch self {
            case .directoryInPlace, .linkAsShard, .linkAsShardOfShards, .fileAsShard: false
            case .linkInPlace, .danglingLinkInPlace, .garbageInPlace, .emptyFileInPlace, .entryOfAnotherKey: true
            }
        }

        /// Whether its bytes are set aside for inspection.
        var isKeptAside: Bool { [.garbageInPlace, .emptyFileInPlace, .entryOfAnotherKey].contains(self) }
    }

    private static let url = "https://example.com/page"
    private static let formats = SerializerRegistry.standard.serializers.map(\.name)

    private let scratch: ScratchDirectory
    private let log = LogRecorder(.warning)
    private let transport = ScriptedTransport { TransportResponse(body: "answer \($0.ordinal)") }

    init() throws {
        scratch = try ScratchDirectory()
        try scratch.write("secret", to: "elsewhere/secret")
    }

    private func open(_ root: String = "cache", _ format: String = "native") throws -> CachedSession {
        let cache = try ResponseCache(
            scratch(root),
            serializer: SerializerRegistry.standard.serializer(named: format),
            logger: log.logger
        )
        return CachedSession(cache: cache, transport: transport)
    }

    private func plant(_ obstacle: Obstacle, at key: CacheKey, _ fileExtension: String) async throws {
        let digits = "\(key)"
        let first = "cache/\(digits.prefix(2))"
        let second = "\(first)/\(digits.dropFirst(2).prefix(2))"
        let place = "\(second)/\(digits).\(fileExtension)"
        func makeDirectory(_ name: String) throws {
            try FileManager.default.createDirectory(atPath: scratch(name), withIntermediateDirectories: true)
        }
        switch obstacle {
        case .directoryInPlace:
            try scratch.write("mine", to: "\(place)/file")
        case .linkInPlace:
            try makeDirectory(second)
            try scratch.link(place, to: scratch("elsewhere/secret"))
        case .danglingLinkInPlace:
            try makeDirectory(second)
            try scratch.link(place, to: scratch("elsewhere/new"))
        case .linkAsShard:
            try makeDirectory(first)
            try scratch.link(second, to: scratch("elsewhere"))
        case .linkAsShardOfShards:
            try scratch.link(first, to: scratch("elsewhere"))
        case .fileAsShard:
            try scratch.write("mine", to: first)
        case .garbageInPlace:
            try scratch.write("no entry at all", to: place)
        case .emptyFileInPlace:
            try scratch.write("", to: place)
        case .entryOfAnotherKey:
            let other = try open()
            let response = try await other.get("https://example.com/another")
            let listing = try #require(try await BackendRequirement.listings(other.cache.backend).first)
            #expect(listing.key == response.cacheKey)
            try makeDirectory(second)
            try FileManager.default.copyItem(atPath: listing.path.required, toPath: scratch(place))
        }
    }

    @Test(
        "With any obstacle at an entry's path, requests succeed with the right body, and the log has the reason",
        arguments: Obstacle.allCases,
        formats
    )
    func meets(_ obstacle: Obstacle, _ format: String) async throws {
        let session = try open("cache", format)
        let key = try session.cache.key(for: HTTPRequest(url: Self.url))
        try await plant(obstacle, at: key, session.cache.serializer.fileExtension)
        let (asked, logged) = (transport.count, log.lines.count)

        let first = try await session.get(Self.url)
        #expect(first.text() == "answer \(asked + 1)" && first.status == .ok && !first.isFromCache)
        #expect(first.cacheStatus.isStored == obstacle.yields)
        #expect(log.lines.count > logged && log.lines.dropFirst(logged).allSatisfy { $0.contains("\(key)") })
        let counts = session.cache.counts
        #expect(counts.readFailures + counts.undecodableEntries == 1)
        #expect(counts.writeFailures == (obstacle.yields ? 0 : 1))
        if !obstacle.yields { #expect(first.cacheStatus.detail == "could not be stored") }

        let second = try await session.get(Self.url)
        #expect(second.isFromCache == obstacle.yields)
        #expect(second.text() == "answer \(asked + (obstacle.yields ? 1 : 2))")
        let setAside = try await BackendRequirement.listings(session.cache.backend).filter(\.isSetAside)
        #expect(setAside.map(\.key) == (obstacle.isKeptAside ? [key] : []))

        try #expect(scratch.contents(of: "elsewhere") == ["secret"])
        try #expect(scratch.read("elsewhere/secret") == "secret")
        try #expect(scratch.temporaries() == [])
        // Other entries are not affected, and maintenance skips the obstacle.
        for isFromCache in [false, true] {
            #expect(try await session.get("https://example.com/other").isFromCache == isFromCache)
        }
        #expect(try await session.cache.contains(url: "https://example.com/other"))
        try await session.cache.clear()
        try #expect(scratch.read("elsewhere/secret") == "secret")
        #expect(try await session.cache.count() == 0)
    }

    @Test("A root that is a file is a clear error when the session is made", arguments: formats)
    func rootIsFile(format: String) throws {
        try scratch.write("mine", to: "cache")
        for root in ["cache", "cache/below"] {
            let error = #expect(throws: FSCacheError.self) { try open(root, format) }
            #expect(error?.code == .unusableStore)
            #expect(error?.message.contains(scratch(root)) == true)
            #expect((error?.underlyingError as? POSIXError)?.code == .ENOTDIR)
        }
        try #expect(scratch.read("cache") == "mine")
    }

    @Test("A root that can't be made, or has a later layout, is a clear error when the session is made")
    func rootIsUnusable() throws {
        try scratch.write("99\n", to: "later/fscache.layout")
        for root in ["/proc/fscache/cache", scratch("later")] {
            let error = #expect(throws: FSCacheError.self) { try CachedSession(root, transport: transport) }
            #expect(error?.code == .unusableStore)
            #expect(error?.message.contains(root) == true)
        }
    }

    @Test("A root without write permission is a clear error; a session that was already open continues")
    func rootIsUnwritable() async throws {
        let user = getuid() == 0 ? 65_534 : getuid()
        defer {
            for name in (try? scratch.contents(of: "cache")) ?? [] where !name.contains(".") {
                try? FileManager.default.setAttributes(
                    [.posixPermissions: 0o755],
                    ofItemAtPath: scratch("cache/\(name)")
                )
            }
            try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: scratch("cache"))
        }
        let message = try await StoreWorkerProcess(["session-as", scratch("cache"), "\(user)"]).finish()
        #expect(message.contains("Permission denied") && message.contains(scratch("cache")))
    }

    @Test(
        "A full disk costs entries, not responses: earlier entries are still served",
        arguments: formats.indices
    )
    func fileSizeLimit(format: Int) async throws {
        try await StoreWorkerProcess(["fill-session", scratch("cache"), "\(format)", "65536"]).finish()
    }

    @Test(
        "A full file system costs entries, not responses",
        .enabled(if: TemporaryFileSystem.isAvailable),
        arguments: formats.indices
    )
    func fullFileSystem(format: Int) async throws {
        let mount = "mount -t tmpfs -o size=128k tmpfs \"$0\" && exec \"$@\""
        try FileManager.default.createDirectory(atPath: scratch("disk"), withIntermediateDirectories: true)
        let wrapper = ["unshare", "-rm", "sh", "-c", mount, scratch("disk")]
        try await StoreWorkerProcess(["fill-session", scratch("disk/cache"), "\(format)"], wrapper: wrapper).finish()
    }

    @Test("A store that is deleted while the session is open is created again", arguments: ["cache", "cache/tmp"])
    func vanishes(name: String) async throws {
        let session = try open()
        _ = try await session.get(Self.url)
        try FileManager.default.removeItem(atPath: scratch(name))
        for index in 0..<3 {
            let response = try await session.get("https://example.com/\(index)")
            #expect(response.status == .ok && response.cacheStatus.isStored)
            #expect(try await session.get("https://example.com/\(index)").isFromCache)
        }
        #expect(session.cache.counts.writeFailures == 0 && log.lines.isEmpty)
    }

    @Test("A backend that fails in every way costs hits, not responses")
    func failingBackend() async throws {
        struct Failing: CacheBackend {
            struct Failure: Error {}

            func read(_ key: CacheKey) async throws -> EncodedEntry? { throw Failure() }
            func write(_ entry: EncodedEntry, for key: CacheKey) async throws { throw Failure() }
            func remove(_ key: CacheKey) async throws -> Bool { throw Failure() }
            func setAside(_ entry: any EntryReader, for key: CacheKey) async throws { throw Failure() }
            func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error> {
                AsyncThrowingStream { $0.finish(throwing: Failure()) }
            }
            func close() async {}
        }
        let cache = ResponseCache(backend: Failing(), logger: log.logger)
        cache.settings.filter = { _ in true }
        let session = CachedSession(cache: cache, transport: transport)
        for count in 1...2 { #expect(try await session.get(Self.url).text() == "answer \(count)") }
        #expect(try await session.delete(Self.url).text() == "answer 3")
        #expect(cache.counts.readFailures == 2 && cache.counts.writeFailures == 3)
        #expect(log.lines.count == 5)
        await #expect(throws: Failing.Failure.self) { try await cache.count() }
    }

    @Test("An entry that can neither be decoded nor set aside is still a miss")
    func cannotBePutAside() async throws {
        struct Stuck: QuarantiningBackend {
            struct Failure: Error {}

            func read(_ key: CacheKey) async throws -> EncodedEntry? {
                EncodedEntry(bytes: Data("garbage".utf8), fileExtension: "cbor")
            }
            func write(_ entry: EncodedEntry, for key: CacheKey) async throws {}
            func remove(_ key: CacheKey) async throws -> Bool { false }
            func setAside(_ entry: any EntryReader, for key: CacheKey) async throws { throw Failure() }
            func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error> {
                AsyncThrowingStream { $0.finish() }
            }
            func close() async {}
        }
        let session = CachedSession(cache: ResponseCache(backend: Stuck(), logger: log.logger), transport: transport)
        #expect(try await session.get(Self.url).text() == "answer 1")
        #expect(session.cache.counts.undecodableEntries == 1 && log.lines.count == 2)
    }
}
