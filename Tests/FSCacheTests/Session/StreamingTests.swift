import FSCacheTesting
import Foundation
import HTTPTypes
import Serializers
import Synchronization
import TestSupport
import Testing

@testable import FSCache

/// Stands for a stage that encrypts.
private struct Backward: Stage {
    let fileExtension = "backward"
    func apply(to data: Data) -> Data { Data(data.reversed()) }
    func undo(on data: Data) -> Data { Data(data.reversed()) }
}

@Suite("Streaming")
struct StreamingTests {
    private static let request = HTTPRequest(method: .get, scheme: "https", authority: "example.com", path: "/large")
    private static let part = Data((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })

    /// A session whose origin sends parts from a test.
    private func session(
        _ parts: AsyncThrowingStream<Data, any Error>,
        _ fields: HTTPFields = [:],
        serializer: some Serializer = .native,
        backend: any CacheBackend = MemoryBackend(),
        settings change: (inout CacheSettings) -> Void = { _ in }
    ) -> SessionUnderTest {
        SessionUnderTest(serializer: serializer, backend: backend, settings: change) { _ in
            TransportResponse(head: HTTPResponse(status: .ok, headerFields: fields), body: MessageBody(parts))
        }
    }

    @Test("The head and the first bytes arrive before the last are sent")
    func comesEarly() async throws {
        let (parts, origin) = AsyncThrowingStream<Data, any Error>.makeStream()
        let subject = session(parts)
        let response = try await subject.session.stream(Self.request)
        #expect(response.head.status == .ok)
        #expect(response.head.cacheStatus.description == "FSCache; fwd=uri-miss; stored")
        var body = response.body.makeAsyncIterator()
        origin.yield(Self.part)
        #expect(try await body.next() == Self.part)
        try await #expect(!subject.session.cache.contains(Self.request))
        origin.yield(Self.part)
        origin.finish()
        #expect(try await body.next() == Self.part)
        #expect(try await body.next() == nil)

        let hit = try await subject.session.stream(Self.request)
        #expect(hit.head.isFromCache)
        #expect(try await hit.body.collect() == Self.part + Self.part)
        #expect(subject.transport.count == 1)
    }

    @Test(
        "A streamed body is read back unchanged, at once or streamed, in every format and backend",
        arguments: SerializerRegistry.standard.serializers.map(\.name),
        [1000, 262_144, 300_000]
    )
    func comesBack(format: String, byteCount: Int) async throws {
        let body = Data((0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 9) })
        let scratch = try ScratchDirectory()
        let backends: [any CacheBackend] = [MemoryBackend(), try FilesystemBackend(root: .path(scratch("cache")))]
        for backend in backends {
            let (parts, origin) = AsyncThrowingStream<Data, any Error>.makeStream()
            for start in stride(from: 0, to: byteCount, by: 50_000) {
                origin.yield(body[start..<min(start + 50_000, byteCount)])
            }
            origin.finish()
            let serializer = try SerializerRegistry.standard.serializer(named: format)
            let subject = session(parts, serializer: serializer, backend: backend)
            #expect(try await subject.session.stream(Self.request).body.collect() == body)
            #expect(try await subject.session.stream(Self.request).body.collect() == body)
            let whole = try await subject.session.send(Self.request)
            #expect(whole.body == body && whole.isFromCache)
        }
    }

    @Test(
        "A body that breaks off, or whose reader leaves, is not stored",
        .timeLimit(.minutes(1)),
        arguments: [true, false]
    )
    func storesNoParts(breaks: Bool) async throws {
        struct Broken: Error {}
        let scratch = try ScratchDirectory()
        let (parts, origin) = AsyncThrowingStream<Data, any Error>.makeStream()
        let subject = session(parts, backend: try FilesystemBackend(root: .path(scratch("cache"))))
        let ended: Gate
        do {
            let response = try await subject.session.stream(Self.request)
            ended = try response.ended
            var body = response.body.makeAsyncIterator()
            origin.yield(Self.part)
            #expect(try await body.next() == Self.part)
            if breaks {
                origin.finish(throwing: Broken())
                await #expect(throws: Broken.self) { try await body.next() }
            }
        }
        await ended.opened()
        try await #expect(!subject.session.cache.contains(Self.request))
        // The temporary file goes with the body, which the task that has read it releases a moment later.
        while try !scratch.temporaries().isEmpty { try await Task.sleep(for: .milliseconds(1)) }
    }

    @Test("With finishesInBackground, a response is stored even if its reader leaves")
    func finishes() async throws {
        let (parts, origin) = AsyncThrowingStream<Data, any Error>.makeStream()
        let subject = session(parts)
        let options = RequestOptions(finishesInBackground: true)
        let ended = try await subject.session.stream(Self.request, options: options).ended
        origin.yield(Self.part)
        origin.finish()
        await ended.opened()
        let stored = try await subject.session.send(Self.request)
        #expect(stored.isFromCache && stored.body == Self.part)
    }

    @Test("Closing waits for a response that is being completed")
    func closingWaits() async throws {
        let (parts, origin) = AsyncThrowingStream<Data, any Error>.makeStream()
        let subject = session(parts)
        let session = CachedSession(cache: subject.session.cache, transport: subject.transport, autoclose: false)
        _ = try await session.stream(Self.request, options: RequestOptions(finishesInBackground: true))
        for _ in 0..<40 { origin.yield(Self.part) }
        origin.finish()
        await session.close()
        #expect(try await session.cache.contains(Self.request))
    }

    @Test("A body over the limit of a text format is stored natively, or not at all", arguments: [true, false])
    func largeBodies(storesNatively: Bool) async throws {
        let (parts, origin) = AsyncThrowingStream<Data, any Error>.makeStream()
        for _ in 0..<6 { origin.yield(Self.part) }
        origin.finish()
        let subject = session(parts, serializer: .json) { settings in
            settings.gatheredByteLimit = 250_000
            settings.storesLargeBodiesNatively = storesNatively
        }
        let whole = Data((0..<6).map { _ in Self.part }.joined())
        #expect(try await subject.session.stream(Self.request).body.collect() == whole)
        let listings = try await BackendRequirement.listings(subject.backend)
        #expect(listings.map(\.fileExtension) == (storesNatively ? ["cbor"] : []))
        guard storesNatively else { return }
        #expect(try await subject.session.stream(Self.request).body.collect() == whole)
    }

    @Test("A large body is never stored without its stage")
    func keepsStages() async throws {
        let (parts, origin) = AsyncThrowingStream<Data, any Error>.makeStream()
        origin.yield(Self.part)
        origin.finish()
        let subject = session(parts, serializer: NativeSerializer().staged(Backward())) { $0.gatheredByteLimit = 1000 }
        #expect(try await subject.session.stream(Self.request).body.collect() == Self.part)
        try await #expect(BackendRequirement.listings(subject.backend).isEmpty)
    }

    @Test("A damaged stored body ends with an error, and is fetched the next time")
    func noticesDamage() async throws {
        let scratch = try ScratchDirectory()
        let (parts, origin) = AsyncThrowingStream<Data, any Error>.makeStream()
        for _ in 0..<6 { origin.yield(Self.part) }
        origin.finish()
        let subject = session(parts, backend: try FilesystemBackend(root: .path(scratch("cache"))))
        _ = try await subject.session.stream(Self.request).body.collect()
        let path = try #require(try await BackendRequirement.listings(subject.backend).first?.path)
        let file = try FileHandle(forUpdating: URL(filePath: path))
        try file.seek(toOffset: 400_000)
        try file.write(contentsOf: Data("damage".utf8))
        try file.close()
        let hit = try await subject.session.stream(Self.request)
        #expect(hit.head.isFromCache)
        await #expect(throws: FSCacheError.self) { try await hit.body.collect() }
        try await #expect(!subject.session.cache.contains(Self.request))
        try await #expect(BackendRequirement.listings(subject.backend).map(\.isSetAside) == [true])
    }

    @Test("Only the range of a large stored response is read from its file")
    func ranges() async throws {
        let scratch = try ScratchDirectory()
        let (parts, origin) = AsyncThrowingStream<Data, any Error>.makeStream()
        for _ in 0..<6 { origin.yield(Self.part) }
        origin.finish()
        let fields: HTTPFields = [.cacheControl: "max-age=100", .contentLength: "600000"]
        let subject = session(parts, fields, backend: try FilesystemBackend(root: .path(scratch("cache")))) {
            $0 = .rfc9111()
        }
        _ = try await subject.session.stream(Self.request).body.collect()
        var request = Self.request
        request.headerFields[.range] = "bytes=399990-400009"
        let response = try await subject.session.stream(request)
        #expect(response.head.status == .partialContent)
        #expect(response.head.headerFields[.contentRange] == "bytes 399990-400009/600000")
        #expect(try await response.body.collect() == Self.part.suffix(10) + Self.part.prefix(10))
    }

    @Test("The body of a request that bypasses the cache is sent as a stream")
    func passesBodies() async throws {
        let (parts, client) = AsyncThrowingStream<Data, any Error>.makeStream()
        let subject = SessionUnderTest { exchange in TransportResponse(200, body: "\(exchange.body.count)") }
        client.yield(Self.part)
        client.yield(Self.part)
        client.finish()
        var request = Self.request
        request.method = .put
        let response = try await subject.session.stream(request, body: MessageBody(parts))
        #expect(try await response.body.collect() == Data("200000".utf8))
    }

    /// Answers when it has read the beginning of a content, with that beginning.
    private struct ImpatientTransport: HTTPTransport {
        let byteCount: Int

        func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse {
            var received = Data()
            for try await chunk in body ?? MessageBody(Data()) {
                received.append(chunk)
                if received.count >= byteCount { break }
            }
            return TransportResponse(head: HTTPResponse(status: .ok), body: MessageBody(received.prefix(byteCount)))
        }
    }

    @Test("A request body that never ends is passed on from its beginning, and bypasses the cache")
    func endlessBody() async throws {
        let read = Mutex(0)
        let body = AsyncStream<Data> {
            read.withLock { read in
                read += 1
                return Data(repeating: UInt8(truncatingIfNeeded: read), count: 1000)
            }
        }
        var settings = CacheSettings()
        settings.keyedContentByteLimit = 10_000
        let cache = ResponseCache(backend: MemoryBackend(), settings: settings)
        let session = CachedSession(cache: cache, transport: ImpatientTransport(byteCount: 50_000))
        let response = try await session.stream(Self.request, body: MessageBody(body))
        let expected = Data((1...50).flatMap { [UInt8](repeating: $0, count: 1000) })
        #expect(try await response.body.collect() == expected)
        #expect(response.head.cacheStatus.description == "FSCache; fwd=bypass; detail=\"largeContent\"")
        #expect(read.withLock { $0 } < 60)
        #expect(try await cache.count() == 0)
    }

    @Test("A streamed request body up to the limit is part of the key", arguments: [false, true])
    func limitedBody(declares: Bool) async throws {
        let subject = SessionUnderTest(settings: { $0.keyedContentByteLimit = 200_000 }) { exchange in
            TransportResponse(200, body: "\(exchange.body.count)")
        }
        for (count, statuses) in [(2, ["uri-miss; stored", "hit"]), (3, ["bypass", "bypass"])] {
            for status in statuses {
                let (parts, client) = AsyncThrowingStream<Data, any Error>.makeStream()
                for _ in 0..<count { client.yield(Self.part) }
                client.finish()
                let body = MessageBody(parts, byteCount: declares ? count * Self.part.count : nil)
                let response = try await subject.session.stream(Self.request, body: body)
                #expect(response.head.cacheStatus.description.contains(status))
                #expect(try await response.body.collect() == Data("\(count * Self.part.count)".utf8))
            }
        }
    }
}
