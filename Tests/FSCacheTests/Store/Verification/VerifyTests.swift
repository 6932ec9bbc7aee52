import FSCacheTesting
import Foundation
import HTTPTypes
import Serializers
import Synchronization
import TestSupport
import Testing

@testable import FSCache

@Suite("Check and repair of a directory")
struct VerifyTests {
    private let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory()
    }

    private func cache(
        _ serializer: some Serializer = .native,
        isReadOnly: Bool = false,
        _ change: (inout CacheSettings) -> Void = { _ in }
    ) throws -> ResponseCache {
        var settings = CacheSettings()
        settings.isReadOnly = isReadOnly
        change(&settings)
        return try ResponseCache(scratch("cache"), serializer: serializer, settings: settings)
    }

    /// Stores a response, and returns the path of its file relative to the directory.
    @discardableResult
    private func store(
        _ url: String = "https://example.com/a",
        in cache: ResponseCache,
        _ fields: HTTPFields = [:],
        answer: HTTPFields = [:],
        body: String = "body"
    ) async throws -> String {
        let transport = ScriptedTransport { _ in TransportResponse(200, answer, body: body) }
        let session = CachedSession(cache: cache, transport: transport)
        let response = try await session.request(.get, url, headers: fields)
        let key = try #require(response.cacheKey)
        return "\(ShardName(key).path)/\(key).\(cache.serializer.fileExtension)"
    }

    private func verify(
        _ cache: ResponseCache,
        repairing: Bool = false
    ) async throws -> (lines: [String], findings: [VerificationFinding], summary: VerificationSummary) {
        var findings: [VerificationFinding] = []
        let summary = try await cache.verify(repairing: repairing) { findings.append($0) }
        return (findings.map { "\($0.kind) \($0.path ?? "-")" }, findings, summary)
    }

    private func move(_ path: String, to other: String) throws {
        let target = URL(filePath: scratch("cache/\(other)"))
        try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(),
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        try FileManager.default.moveItem(atPath: scratch("cache/\(path)"), toPath: target.path)
    }

    private func setPermissions(_ permissions: Int, _ path: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: scratch("cache/\(path)"))
    }

    private func age(_ path: String, by seconds: Double) throws {
        let time = Date(timeIntervalSinceNow: -seconds)
        try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: scratch("cache/\(path)"))
    }

    @Test("A cache in order has no findings, in any format", arguments: SerializerRegistry.standard.serializers)
    func inOrder(_ serializer: any Serializer) async throws {
        let cache = try cache(serializer)
        for number in 0..<5 { try await store("https://example.com/\(number)?b=1&a=2", in: cache) }
        try await store("https://example.com/large", in: cache, body: String(repeating: "large ", count: 100_000))
        let result = try await verify(cache)
        #expect(result.lines == [])
        #expect(result.summary.entries == 6 && result.summary.bytes > 600_000 && result.summary.uncheckedKeys == 0)
    }

    @Test("A damaged entry is found wherever it is damaged, and set aside", arguments: [1, 100, 200_000, 500_000, -1])
    func damaged(at offset: Int) async throws {
        let cache = try cache()
        let path = try await store(in: cache, body: String(repeating: "0123456789", count: 60_000))
        var bytes = try Data(contentsOf: URL(filePath: scratch("cache/\(path)")))
        if offset < 0 { bytes.removeLast() } else { bytes[offset] ^= 1 }
        try bytes.write(to: URL(filePath: scratch("cache/\(path)")))
        try setPermissions(0o600, path)

        #expect(try await verify(cache).lines == ["damaged \(path)"])
        let repair = try await verify(cache, repairing: true)
        #expect(repair.findings.map(\.isRepaired) == [true])
        #expect(repair.summary.problems == 1 && repair.summary.remainingProblems == 0)
        #expect(try Data(contentsOf: URL(filePath: scratch("cache/\(path).invalid"))) == bytes)
        let after = try await verify(cache)
        #expect(after.lines == ["set aside \(path).invalid"])
        #expect(after.summary.problems == 0)
    }

    @Test("A renamed entry, whose content names another key, is damaged")
    func renamed() async throws {
        let cache = try cache()
        let path = try await store(in: cache)
        let other = String(path.dropLast(6)) + (path.hasSuffix("0.cbor") ? "1" : "0") + ".cbor"
        try move(path, to: other)
        let result = try await verify(cache)
        #expect(result.lines == ["damaged \(other)"])
        #expect(result.findings.first?.message.contains("Was the file renamed?") == true)
    }

    @Test(
        "A misplaced entry is moved to its place",
        arguments: ["00/00/", "00/", "", "tmp/../00/01/"]
    )
    func misplaced(folder: String) async throws {
        let cache = try cache(.json)
        let path = try await store(in: cache)
        let before = try scratch.contents(of: "cache")
        let wrong = folder.replacing("tmp/../", with: "") + String(path.dropFirst(6))
        try move(path, to: wrong)
        #expect(try await verify(cache).lines.contains("misplaced \(wrong)"))
        let repair = try await verify(cache, repairing: true)
        #expect(repair.findings.filter { $0.kind == .misplaced }.map(\.isRepaired) == [true])
        #expect(repair.summary.remainingProblems == 0)
        #expect(try await verify(cache).lines == [])
        #expect(try scratch.contents(of: "cache") == before)
        try await #expect(cache.contains(url: "https://example.com/a"))
    }

    @Test("A misplaced entry never replaces a newer intact one", arguments: [true, false])
    func misplacedAndOlder(isDamaged: Bool) async throws {
        let cache = try cache(.json)
        let path = try await store(in: cache, body: "old")
        let wrong = "00/00/" + path.dropFirst(6)
        try move(path, to: wrong)
        try age(wrong, by: 60)
        try await store(in: cache, body: "new")
        if isDamaged {
            try scratch.write("{", to: "cache/\(path)")
            try setPermissions(0o600, path)
        }
        _ = try await verify(cache, repairing: true)
        let session = CachedSession(cache: cache, transport: ScriptedTransport(answers: []))
        try await #expect(session.get("https://example.com/a").text() == (isDamaged ? "old" : "new"))
        #expect(try scratch.contents(of: "cache").contains("\(path).invalid"))
        #expect(!(try scratch.contents(of: "cache").contains(wrong)))
        #expect(try await verify(cache).summary.problems == 0)
    }

    @Test("Of two entries of a key, the newest intact one stays", arguments: [true, false])
    func duplicate(isNewestDamaged: Bool) async throws {
        let json = try await store(in: cache(.json), body: "old")
        let copy = try Data(contentsOf: URL(filePath: scratch("cache/\(json)")))
        let session = CachedSession(
            cache: try cache(),
            transport: ScriptedTransport { _ in TransportResponse(body: "new") }
        )
        _ = try await session.get("https://example.com/a", options: .init(forceRefresh: true))
        let cbor = json.replacing(".json", with: ".cbor")
        try copy.write(to: URL(filePath: scratch("cache/\(json)")))
        try setPermissions(0o600, json)
        try age(json, by: 60)
        if isNewestDamaged {
            try scratch.write("damaged", to: "cache/\(cbor)")
            try setPermissions(0o600, cbor)
        }
        let folder = String(json.prefix(5))
        #expect(try await verify(cache()).lines.contains("duplicate \(folder)"))
        _ = try await verify(cache(), repairing: true)
        let kept = isNewestDamaged ? json : cbor
        #expect(
            try scratch.contents(of: "cache").filter { $0.hasPrefix(folder + "/") }
                == [cbor, json].map { $0 == kept ? $0 : "\($0).invalid" }.sorted()
        )
        #expect(try await verify(cache()).summary.problems == 0)
    }

    @Test("An entry in a format that this cache can't read is a note, and is left alone, even beside another one")
    func unknownFormat() async throws {
        let path = try await store(in: cache(.json))
        let unknown = path.replacing(".json", with: ".other")
        try scratch.write("?", to: "cache/\(unknown)")
        try setPermissions(0o600, unknown)
        let before = try scratch.contents(of: "cache")
        let repair = try await verify(cache(.json), repairing: true)
        #expect(repair.findings.filter { $0.kind == .duplicate }.map(\.isRepaired) == [false])
        #expect(repair.lines.contains("unknown format \(unknown)"))
        #expect(try scratch.contents(of: "cache") == before)
    }

    @Test("Permissions that let others write are a problem, those that let others read are a note; both are restored")
    func permissions() async throws {
        let cache = try cache()
        let path = try await store(in: cache)
        try setPermissions(0o662, path)
        try setPermissions(0o707, String(path.prefix(2)))
        try setPermissions(0o755, String(path.prefix(5)))
        try setPermissions(0o644, "fscache.layout")
        let result = try await verify(cache)
        #expect(Set(result.lines) == ["writable \(path)", "writable \(path.prefix(2))", "readable -"])
        #expect(result.findings.last?.message.contains("1 files and 1 directories") == true)
        let repair = try await verify(cache, repairing: true)
        #expect(repair.findings.allSatisfy { $0.isRepaired } && repair.findings.count == 3)
        #expect(try await verify(cache).lines == [])
        let attributes = try FileManager.default.attributesOfItem(atPath: scratch("cache/\(path)"))
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test("Permissions that the settings allow are no finding")
    func allowedPermissions() async throws {
        let backend = try FilesystemBackend(
            root: .path(scratch("cache")),
            filePermissions: 0o664,
            directoryPermissions: 0o2775
        )
        let cache = ResponseCache(backend: backend)
        try await store(in: cache)
        #expect(try await verify(cache).lines == [])
    }

    @Test("Strays are notes, and are removed; the files of live writers are none")
    func strays() async throws {
        let cache = try cache()
        try await store(in: cache)
        let backend = try #require(cache.backend as? FilesystemBackend)
        let key = BackendRequirement.key("a")
        let writer = try await backend.makeWriter(for: key, fileExtension: "cbor", expires: nil)
        try scratch.write("half", to: "cache/tmp/7/0123456789abcdef.partial")
        try scratch.write("", to: "cache/tmp/\(key).replacing")
        try setPermissions(0o700, "tmp/7")
        for name in ["tmp/7/0123456789abcdef.partial", "tmp/\(key).replacing"] { try setPermissions(0o600, name) }
        try FileManager.default.createDirectory(
            atPath: scratch("cache/00/11"),
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        let expected: Set = ["stray tmp/7/0123456789abcdef.partial", "stray tmp/\(key).replacing", "stray 00/11"]
        let result = try await verify(cache)
        #expect(Set(result.lines) == expected)
        #expect(result.summary.problems == 0 && result.summary.notes == 3)
        let repair = try await verify(cache, repairing: true)
        #expect(Set(repair.lines) == expected && repair.summary.repaired == 3)
        #expect(try await verify(cache).lines == [])
        try await writer.append(Data("written".utf8))
        try await writer.commit()
        try await #expect(backend.read(key)?.bytes == Data("written".utf8))
    }

    @Test("Foreign files and directories are notes, and are never touched")
    func foreign() async throws {
        let cache = try cache()
        let path = try await store(in: cache)
        let digits = String(repeating: "0", count: 64)
        let names = [
            "notes.txt", "00", "\(digits).txt", "tmp/notes.txt", "tmp/7/notes.txt", "\(path.prefix(2))/notes.txt",
            "\(path.prefix(5))/notes.txt", "\(path.prefix(5))/\(digits).cbor",
        ]
        for name in names { try scratch.write("foreign", to: "cache/\(name)") }
        try setPermissions(0o700, "tmp/7")
        try scratch.write("foreign", to: "cache/other/ab/cd/\(digits).cbor")
        let before = try scratch.contents(of: "cache")
        for repairing in [false, true] {
            let result = try await verify(cache, repairing: repairing)
            #expect(Set(result.lines) == Set(names.map { "foreign \($0)" } + ["foreign other"]))
            #expect(result.summary.problems == 0 && result.summary.repaired == 0)
        }
        #expect(try scratch.contents(of: "cache") == before)
    }

    @Test("A link in the place of the cache directory tag is no problem")
    func linkedTag() async throws {
        let cache = try cache()
        try FileManager.default.removeItem(atPath: scratch("cache/CACHEDIR.TAG"))
        try scratch.link("cache/CACHEDIR.TAG", to: scratch("elsewhere"))
        try await #expect(verify(cache).lines == [])
    }

    @Test("A read-only cache is checked and not repaired, and nothing in it changes")
    func readOnly() async throws {
        let path = try await store(in: cache())
        try scratch.write("damaged", to: "cache/\(path)")
        try setPermissions(0o600, path)
        try scratch.write("half", to: "cache/tmp/7/0123456789abcdef.partial")
        try setPermissions(0o700, "tmp/7")
        try setPermissions(0o600, "tmp/7/0123456789abcdef.partial")
        let before = try scratch.contents(of: "cache")
        let cache = try cache(isReadOnly: true)
        #expect(try await verify(cache).lines == ["stray tmp/7/0123456789abcdef.partial", "damaged \(path)"])
        let error = await #expect(throws: FSCacheError.self) { try await verify(cache, repairing: true) }
        #expect(error?.code == .invalidSetting)
        #expect(try scratch.contents(of: "cache") == before)
    }

    @Test("An entry that another process has replaced since it was read is not set aside")
    func replacedMeanwhile() async throws {
        let cache = try cache()
        let path = try await store(in: cache, body: "good")
        let good = try Data(contentsOf: URL(filePath: scratch("cache/\(path)")))
        let key = try #require(CacheKey(path.dropFirst(6).prefix(64)))
        let backend = try #require(cache.backend as? FilesystemBackend)
        let stale = ResponseCache(backend: StaleListingBackend(backend, damaged: Data("damaged".utf8)))
        let repair = try await verify(stale, repairing: true)
        #expect(repair.lines == ["damaged \(path)"])
        try await #expect(backend.read(key)?.bytes == good)
    }
}

/// A backend whose first read of a key returns damaged bytes, as if the entry had been replaced afterwards.
private final class StaleListingBackend: QuarantiningBackend {
    private let base: FilesystemBackend
    private let damaged: Data
    private let isRead = Atomic(false)

    init(_ base: FilesystemBackend, damaged: Data) {
        self.base = base
        self.damaged = damaged
    }

    func read(_ key: CacheKey) async throws -> EncodedEntry? {
        if !isRead.exchange(true, ordering: .relaxed) { return EncodedEntry(bytes: damaged, fileExtension: "cbor") }
        return try await base.read(key)
    }

    func write(_ entry: EncodedEntry, for key: CacheKey) async throws { try await base.write(entry, for: key) }
    func remove(_ key: CacheKey) async throws -> Bool { try await base.remove(key) }
    func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error> { base.list(prefix: prefix) }
    func close() async { await base.close() }
    func setAside(_ entry: any EntryReader, for key: CacheKey) async throws { try await base.setAside(entry, for: key) }
}
