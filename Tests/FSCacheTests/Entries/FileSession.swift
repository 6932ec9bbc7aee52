import FSCache
import Foundation
import HTTPTypes
import Serializers
import TestSupport
import Testing

/// A session over files in a directory, with a scripted transport and a stopped clock.
struct FileSession {
    let session: CachedSession
    let transport: ScriptedTransport
    let log = LogRecorder()
    let folder: ScratchDirectory

    static let url = "https://example.com/items"

    init(
        _ format: FormatUnderTest,
        in folder: ScratchDirectory,
        clock: TestClock = TestClock(),
        registry: SerializerRegistry = FormatUnderTest.registry,
        settings change: (inout CacheSettings) -> Void = { _ in },
        respond: @escaping @Sendable (ScriptedTransport.Exchange) async throws -> TransportResponse
    ) throws {
        var settings = CacheSettings()
        change(&settings)
        let backend = try FilesystemBackend(
            root: .path(folder("cache")),
            preferredExtension: format.fileExtension,
            isReadOnly: settings.isReadOnly
        )
        let cache = ResponseCache(
            backend: backend,
            serializer: format.serializer,
            settings: settings,
            registry: registry,
            logger: log.logger
        )
        self.transport = ScriptedTransport(respond)
        self.session = CachedSession(cache: cache, transport: transport, now: clock.source)
        self.folder = folder
    }

    /// A session whose origin answers with one body, as often as it is asked.
    init(_ format: FormatUnderTest, in folder: ScratchDirectory, serving sample: BodySample) throws {
        try self.init(format, in: folder) { _ in sample.response }
    }

    /// The paths of the entries' files, including those set aside.
    func files() throws -> [String] {
        try folder.contents(of: "cache").filter { $0.utf8.count > 64 }.map { folder("cache/\($0)") }
    }

    /// The only file.
    func file() throws -> URL {
        let files = try files()
        #expect(files.count == 1)
        return URL(filePath: try #require(files.first))
    }

    /// The bytes of the only file as text.
    func text() throws -> String {
        try String(decoding: Data(contentsOf: file()), as: UTF8.self)
    }

    /// Changes the only file as a person with an editor would.
    func edit(_ change: (String) -> String) throws {
        let old = try text()
        let new = change(old)
        #expect(new != old, "the edit changes nothing")
        try Data(new.utf8).write(to: file())
    }
}
