import CFileSystem
import FSCacheTesting
import Foundation
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import FSCache

@Suite("Entries that stay in memory")
struct MemoryTierTests {
    private static let url = "https://example.com/items"

    private let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory()
    }

    /// A session whose origin answers each request with the next number, in content with a different size.
    ///
    /// Files look old here, so only the size distinguishes two that are written in quick succession.
    private func open(
        _ format: FormatUnderTest = .native,
        numbersFrom first: Int = 1001,
        limit: Int = 1 << 20,
        age: Double = 60
    ) throws -> (session: CachedSession, backend: AgedBackend) {
        let files = try FilesystemBackend(root: .path(scratch("cache")), preferredExtension: format.fileExtension)
        let backend = AgedBackend(files, age: age)
        var settings = CacheSettings()
        settings.memoryByteLimit = limit
        let cache = ResponseCache(
            backend: backend,
            serializer: format.serializer,
            settings: settings,
            registry: FormatUnderTest.registry
        )
        let transport = ScriptedTransport { exchange in
            let content = Self.content(first + exchange.ordinal - 1)
            return TransportResponse(200, [.contentType: "application/json"], body: content)
        }
        return (CachedSession(cache: cache, transport: transport), backend)
    }

    private static func content(_ number: Int) -> String {
        #"{"number":\#(number),"rest":"\#(String(repeating: "x", count: number - 1000))"}"#
    }

    private func file() throws -> String {
        let files = try scratch.contents(of: "cache").filter { $0.utf8.count > 64 }
        return scratch("cache/\(try #require(files.first))")
    }

    /// Writes into a file and sets its times back, again and again until the file system's clock has advanced.
    private func edit(_ path: String, _ change: (String) -> String) throws {
        let before = try FileStatus(of: path)
        let text = change(try String(contentsOfFile: path, encoding: .isoLatin1))
        repeat {
            let file = try #require(FileHandle(forWritingAtPath: path))
            try file.write(contentsOf: text.data(using: .isoLatin1).required)
            try file.close()
            try FileStatus.set(accessed: before.accessed, modified: before.modified, of: path)
        } while try FileStatus(of: path).changed == before.changed
        let after = try FileStatus(of: path)
        #expect(after.byteCount == before.byteCount && after.number == before.number)
    }

    @Test("A remembered entry is served without another read, and is equal", arguments: FormatUnderTest.all)
    func servesFromMemory(format: FormatUnderTest) async throws {
        let (session, backend) = try open(format)
        _ = try await session.get(Self.url)
        let read = try await session.get(Self.url)
        let readCount = backend.readCount
        for _ in 0..<5 {
            let hit = try await session.get(Self.url)
            #expect(hit.stored == read.stored)
            #expect(hit.isFromCache && hit.cacheStatus == read.cacheStatus && hit.text() == Self.content(1001))
        }
        let streamed = try await session.stream(HTTPRequest(url: Self.url))
        #expect(try await streamed.body.collect() == read.body)
        #expect(backend.readCount == readCount)
        #expect(session.cache.counts.hits == 7)
    }

    @Test("By default, and with a limit of 0, nothing stays in memory", arguments: [nil, 0, -1])
    func isOff(limit: Int?) async throws {
        let (session, backend) = try open(limit: limit ?? CacheSettings().memoryByteLimit)
        for _ in 0..<4 { _ = try await session.get(Self.url) }
        #expect(backend.readCount == 4)
        #expect(session.cache.memoryTier.byteCount == 0)
    }

    @Test("A lower limit takes effect at once; 0 removes everything, and so does closing")
    func limitChanges() async throws {
        let (session, backend) = try open()
        for number in 0..<20 {
            for _ in 0..<2 { _ = try await session.get("\(Self.url)/\(number)") }
        }
        let full = session.cache.memoryTier.byteCount
        #expect(full > 20 * 15)
        session.settings.memoryByteLimit = full / 2
        #expect((1...full / 2).contains(session.cache.memoryTier.byteCount))
        session.settings.memoryByteLimit = 0
        #expect(session.cache.memoryTier.byteCount == 0)
        let readCount = backend.readCount
        for _ in 0..<2 { _ = try await session.get("\(Self.url)/0") }
        #expect(backend.readCount == readCount + 2)

        session.settings.memoryByteLimit = 1 << 20
        _ = try await session.get("\(Self.url)/0")
        #expect(session.cache.memoryTier.byteCount > 0)
        await session.close()
        #expect(session.cache.memoryTier.byteCount == 0)
        await #expect(throws: FSCacheError.self) { try await session.cache.backend.read(CacheKey(hashing: Data())) }
    }

    @Test("A response that another session stores is served from then on", arguments: FormatUnderTest.plain)
    func seesReplacement(format: FormatUnderTest) async throws {
        let (session, _) = try open(format)
        for _ in 0..<3 { _ = try await session.get(Self.url) }
        let (other, _) = try open(format, numbersFrom: 2001)
        for number in 2001...2003 {
            _ = try await other.get(Self.url, options: RequestOptions(forceRefresh: true))
            for _ in 0..<2 {
                let hit = try await session.get(Self.url)
                #expect(hit.isFromCache && hit.text() == Self.content(number))
            }
        }
    }

    @Test("An entry that another session deletes is a miss", arguments: FormatUnderTest.plain)
    func seesDeletion(format: FormatUnderTest) async throws {
        let (session, _) = try open(format)
        for _ in 0..<3 { _ = try await session.get(Self.url) }
        let (other, _) = try open(format)
        try await other.cache.clear()
        #expect(try await session.get(Self.url).isFromCache == false)
        for _ in 0..<2 { _ = try await session.get(Self.url) }
        try FileManager.default.removeItem(atPath: scratch("cache"))
        #expect(try await session.get(Self.url).text() == Self.content(1003))
    }

    @Test("An entry that replaces another format's is served", arguments: FormatUnderTest.plain)
    func seesOtherFormat(format: FormatUnderTest) async throws {
        let (session, backend) = try open(.json)
        for _ in 0..<3 { _ = try await session.get(Self.url) }
        let (other, _) = try open(format, numbersFrom: 2001)
        _ = try await other.get(Self.url, options: RequestOptions(forceRefresh: true))
        for _ in 0..<2 { #expect(try await session.get(Self.url).text() == Self.content(2001)) }
        // An entry in another format is read each time, because one in the preferred format may appear beside it.
        let readCount = backend.readCount
        _ = try await session.get(Self.url)
        #expect(backend.readCount == (format.fileExtension == "json" ? readCount : readCount + 1))
    }

    @Test(
        "An edit in place is served even when size and modification time stay the same",
        arguments: FormatUnderTest.readable
    )
    func seesEdit(format: FormatUnderTest) async throws {
        let (session, _) = try open(format)
        for _ in 0..<3 { _ = try await session.get(Self.url) }
        try edit(file()) { $0.replacing("1001", with: "9009") }
        for _ in 0..<3 {
            let hit = try await session.get(Self.url)
            #expect(hit.text().hasPrefix(#"{"number":9009,"#))
            #expect(hit.isFromCache && hit.isEdited)
        }
    }

    @Test("A file that is damaged while its entry is in memory is set aside and no longer served")
    func seesDamage() async throws {
        let (session, _) = try open()
        for _ in 0..<3 { _ = try await session.get(Self.url) }
        try edit(file()) { $0.replacing("1001", with: "9009") }
        #expect(try await session.get(Self.url).text() == Self.content(1002))
        #expect(session.cache.counts.undecodableEntries == 1)
    }

    @Test("A file that is too new to be recognized is read each time")
    func waitsUntilSettled() async throws {
        let (session, backend) = try open(age: -3600)
        for _ in 0..<4 { _ = try await session.get(Self.url) }
        #expect(backend.readCount == 4)
        #expect(session.cache.memoryTier.byteCount == 0)
    }

    @Test(
        "A file has a lasting identity two seconds after both of its times",
        arguments: [(0, 0, false), (1.75, 9, false), (9, 1.75, false), (2, 2, true), (9, 9, true), (9, -9, false)]
    )
    func settles(modifiedAgo: Double, changedAgo: Double, isSettled: Bool) {
        let now = Date(timeIntervalSince1970: 1_767_225_600.5)
        var status = cfs_status()
        func set(_ seconds: inout Int64, _ nanoseconds: inout Int32, ago: Double) {
            let time = now.timeIntervalSince1970 - ago
            seconds = Int64(time.rounded(.down))
            nanoseconds = Int32((time - time.rounded(.down)) * 1e9)
        }
        set(&status.modified_seconds, &status.modified_nanoseconds, ago: modifiedAgo)
        set(&status.changed_seconds, &status.changed_nanoseconds, ago: changedAgo)
        #expect(EntryIdentity(status).isSettled(at: now) == isSettled)
    }

    @Test("A file with times in any year has an identity", arguments: [Int64.min, -1, 0, Int64.max])
    func anyTime(seconds: Int64) {
        var status = cfs_status()
        (status.modified_seconds, status.changed_seconds) = (seconds, seconds)
        (status.modified_nanoseconds, status.changed_nanoseconds) = (999_999_999, 999_999_999)
        let identity = EntryIdentity(status)
        #expect(identity.isSettled(at: Date(timeIntervalSince1970: 1_767_225_600)) == (seconds <= 0))
    }

    @Test("Every part of a file's status changes its identity")
    func identifiesFile() {
        let changes: [(inout cfs_status) -> Void] = [
            { $0.device += 1 }, { $0.inode += 1 }, { $0.byte_count += 1 }, { $0.modified_seconds += 1 },
            { $0.modified_nanoseconds += 1 }, { $0.changed_seconds += 1 }, { $0.changed_nanoseconds += 1 },
        ]
        let identities = changes.map { change in
            var status = cfs_status()
            change(&status)
            return EntryIdentity(status).words
        }
        #expect(Set(identities + [EntryIdentity(cfs_status()).words]).count == changes.count + 1)
    }

    @Test("The least recently used responses are dropped at the limit, and one over a quarter of it is never kept")
    func keepsLimit() throws {
        let sample = StoredResponse.sample(.json("numbers", "[1, 2, 3]"))
        let size = sample.memoryByteCount
        let tier = MemoryTier(byteLimit: 8 * size)
        let store = FixedIdentity()
        let keys = (0..<20).map { BackendRequirement.key("\($0)") }
        func isRemembered(_ key: CacheKey) -> Bool { tier.response(for: key, in: store) != nil }

        for key in keys {
            tier.remember(sample, for: key, from: FixedIdentity.identity, readAt: Date())
            #expect(isRemembered(keys[0]), "it is used all the time")
            #expect(tier.byteCount <= 8 * size)
        }
        #expect(keys.filter(isRemembered) == [keys[0]] + keys.suffix(7))

        var large = sample
        large.body = Data(count: sample.body.count + size)
        tier.remember(large, for: keys[1], from: FixedIdentity.identity, readAt: Date())
        #expect(isRemembered(keys[1]))
        large.body.append(0)
        tier.remember(large, for: keys[2], from: FixedIdentity.identity, readAt: Date())
        #expect(!isRemembered(keys[2]))
    }

    @Test("The size in memory counts content and fields, decoded or not, instead of the compressed file")
    func countsWhatIsInMemory() throws {
        let sample = StoredResponse.sample(.json("numbers", "[1, 2, 3]"))
        let key = BackendRequirement.key("key")
        for format in FormatUnderTest.all {
            let format = format.serializer.entryFormat
            let decoded = try format.decode(format.encode(sample, for: key), for: key)
            #expect(decoded.memoryByteCount == sample.memoryByteCount)
        }
        var large = sample
        large.body = Data(count: 1_000_000)
        #expect(large.memoryByteCount > 1_000_000)
    }

    @Test("Many tasks never see an older response after a newer one, while another session replaces them all")
    func manyTasks() async throws {
        let urls = (0..<10).map { "\(Self.url)/\($0)" }
        let (session, backend) = try open(limit: 20_000)
        for url in urls { _ = try await session.get(url) }
        let (writer, _) = try open(numbersFrom: 2001)
        try await withThrowingTaskGroup { group in
            group.addTask {
                for number in 0..<200 {
                    _ = try await writer.get(urls[number % 10], options: RequestOptions(forceRefresh: true))
                }
            }
            for task in 0..<6 {
                group.addTask {
                    var generator = SeededGenerator(seed: UInt64(task))
                    var seen: [String: Int] = [:]
                    for _ in 0..<500 {
                        let url = try urls.randomElement(using: &generator).required
                        let hit = try await session.get(url)
                        #expect(hit.isFromCache && hit.url == url)
                        #expect(hit.body.count >= seen[url, default: 0], "number \(task)")
                        seen[url] = hit.body.count
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(backend.readCount < 6 * 500)
        for (index, url) in urls.enumerated() {
            #expect(try await session.get(url).text() == Self.content(2191 + index))
        }
        #expect((1...20_000).contains(session.cache.memoryTier.byteCount))
    }

    @Test("A hit writes nothing, neither to the entry nor beside it")
    func writesNothing() async throws {
        let (session, _) = try open()
        for _ in 0..<2 { _ = try await session.get(Self.url) }
        let (path, contents) = (try file(), try scratch.contents())
        let before = try FileStatus(of: path)
        for _ in 0..<10 { _ = try await session.get(Self.url) }
        let after = try FileStatus(of: path)
        #expect(after.changed == before.changed && after.number == before.number)
        #expect(try scratch.contents() == contents)
    }
}

/// A store whose entries never change.
private struct FixedIdentity: ImmediateBackend {
    static let identity = EntryIdentity(version: 1)

    private let memory = MemoryBackend()

    func identity(of key: CacheKey) -> EntryIdentity? { Self.identity }
    func readNow(_ key: CacheKey) throws -> ImmediateRead { .missing }
    func read(_ key: CacheKey) async throws -> EncodedEntry? { nil }
    func write(_ entry: EncodedEntry, for key: CacheKey) async throws { try await memory.write(entry, for: key) }
    func remove(_ key: CacheKey) async throws -> Bool { false }
    func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error> { memory.list(prefix: prefix) }
    func close() async {}
}
