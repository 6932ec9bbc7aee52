import FSCache
import Foundation
import HTTPTypes
import Serializers
import TestSupport
import Testing

@Suite("Read-only session")
struct ReadOnlyTests {
    /// Every file and directory below, with its content and time of change.
    private func snapshot(_ scratch: ScratchDirectory) throws -> [String: [String]] {
        var snapshot: [String: [String]] = [:]
        for name in try scratch.contents() {
            let attributes = try FileManager.default.attributesOfItem(atPath: scratch(name))
            let isFile = attributes[.type] as? FileAttributeType == .typeRegular
            let bytes = isFile ? try Data(contentsOf: URL(filePath: scratch(name))).base64EncodedString() : ""
            snapshot[name] = [
                bytes, "\(attributes[.modificationDate] ?? "")", "\(attributes[.posixPermissions] ?? "")",
            ]
        }
        return snapshot
    }

    @Test(
        "A read-only session never changes a file in its directory",
        arguments: SerializerRegistry.standard.serializers.map(\.name)
    )
    func changesNothing(format: String) async throws {
        let scratch = try ScratchDirectory()
        let serializer = try SerializerRegistry.standard.serializer(named: format)
        func open(isReadOnly: Bool) throws -> CachedSession {
            try CachedSession(
                scratch("cache"),
                serializer: serializer,
                settings: CacheSettings(isReadOnly: isReadOnly),
                transport: ScriptedTransport { exchange in
                    let isKnown = exchange.request.headerFields.contains(.ifNoneMatch)
                    return TransportResponse(
                        isKnown ? 304 : 200,
                        [.eTag: "\"v\"", .server: "\(isReadOnly)"],
                        body: "answer"
                    )
                }
            )
        }
        let writer = try open(isReadOnly: false)
        let (stored, garbage) = ("https://example.com/stored", "https://example.com/garbage")
        for url in [stored, garbage] { _ = try await writer.get(url) }
        let entry = EncodedEntry(bytes: Data("garbage".utf8), fileExtension: serializer.fileExtension)
        try await writer.cache.backend.write(entry, for: writer.cache.key(for: HTTPRequest(url: garbage)))
        await writer.close()
        let before = try snapshot(scratch)

        let reader = try open(isReadOnly: true)
        #expect(try await reader.get(stored).isFromCache)
        let updated = try await reader.get(stored, options: .init(refresh: true))
        #expect(updated.isRevalidated && updated.headerFields[.server] == "true" && !updated.cacheStatus.isStored)
        #expect(try await !reader.get(stored, options: .init(forceRefresh: true)).isFromCache)
        #expect(try await reader.get(garbage).text() == "answer")
        #expect(try await reader.get("https://example.com/new").text() == "answer")
        #expect(try await reader.delete(stored).status == .ok)
        reader.settings.filter = { _ in false }
        #expect(try await reader.get(stored).headerFields[.server] == "false")
        await #expect(throws: FSCacheError.self) { try await reader.cache.clear() }
        await reader.close()
        try #expect(snapshot(scratch) == before)
        #expect(reader.cache.counts.writeFailures == 0 && reader.cache.counts.stores == 0)
    }

    @Test("A read-only session needs an existing store, and the error says so")
    func needsStore() throws {
        let scratch = try ScratchDirectory()
        let error = #expect(throws: FSCacheError.self) {
            try CachedSession(
                scratch("nothing"),
                settings: CacheSettings(isReadOnly: true),
                transport: ScriptedTransport(answers: [])
            )
        }
        #expect(error?.code == .unusableStore && error?.message.contains("must exist") == true)
        try #expect(scratch.contents() == [])
    }
}
