import FSCacheTesting
import Foundation
import HTTPTypes
import Serializers
import TestSupport
import Testing

@testable import FSCache

@Suite("Partial responses, streamed")
struct PartialStreamingTests {
    private static let bytes = Origin.bytes(1_000_000)
    private static let content = RangedContent(bytes)
    private let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory()
    }

    private static func request(_ range: String? = nil) -> HTTPRequest {
        var request = HTTPRequest(method: .get, scheme: "https", authority: "example.com", path: "/large")
        request.headerFields[.range] = range
        return request
    }

    /// A body that arrives in pieces, as from a network.
    private static func pieces(_ bytes: Data, of count: Int = 70_000) -> MessageBody {
        MessageBody(
            AsyncStream { continuation in
                for start in stride(from: 0, to: bytes.count, by: count) {
                    continuation.yield(bytes.subdata(in: start..<min(start + count, bytes.count)))
                }
                continuation.finish()
            }
        )
    }

    private func session(
        _ serializer: some Serializer = .native,
        settings change: (inout CacheSettings) -> Void = { _ in }
    ) throws -> SessionUnderTest {
        try session(serializer, settings: change, answering: { _, answer in answer.stream })
    }

    /// A session with an origin whose answers a test can change, given the ordinal of the request.
    private func session(
        _ serializer: some Serializer = .native,
        settings change: (inout CacheSettings) -> Void = { _ in },
        answering answer: @escaping @Sendable (Int, Answer) -> MessageBody
    ) throws -> SessionUnderTest {
        SessionUnderTest(
            serializer: serializer,
            backend: try FilesystemBackend(root: .path(scratch("cache")), preferredExtension: serializer.fileExtension),
            settings: {
                $0 = .rfc9111()
                change(&$0)
            },
            respond: { exchange in
                let (status, fields, body) = Self.content.answer(exchange.request.headerFields)
                let head = HTTPResponse(status: .init(code: status), headerFields: fields)
                return TransportResponse(head: head, body: answer(exchange.ordinal, Answer(body: body)))
            }
        )
    }

    /// The content of an answer.
    struct Answer: Sendable {
        var body: Data

        /// The content as a stream.
        var stream: MessageBody { PartialStreamingTests.pieces(body) }

        /// The content with one byte more or less at the end.
        func stream(excess: Int) -> MessageBody {
            PartialStreamingTests.pieces(excess > 0 ? body + Data([0]) : body.dropLast())
        }
    }

    private func collect(_ test: SessionUnderTest, _ range: String? = nil) async throws -> CachedResponse {
        try await test.session.stream(Self.request(range)).collect()
    }

    @Test(
        "Large parts are stored while they are read, joined from file to file, and read from it",
        arguments: FormatUnderTest.plain
    )
    func joins(format: FormatUnderTest) async throws {
        let test = try session(format.serializer)
        for (range, octets) in [
            ("bytes=300000-599999", 300_000..<600_000), ("bytes=500000-799999", 500_000..<800_000),
            ("bytes=100000-350000", 100_000..<350_001), ("bytes=400000-400009", 400_000..<400_010),
        ] {
            let part = try await collect(test, range)
            #expect(part.status == .partialContent && part.body == Self.bytes.subdata(in: octets))
        }
        #expect(test.transport.count == 3)
        let joined = try await collect(test, "bytes=100000-799999")
        #expect(joined.isFromCache && joined.body == Self.bytes.subdata(in: 100_000..<800_000))
        _ = try await collect(test, "bytes=0-99999")
        _ = try await collect(test, "bytes=-200000")
        let whole = try await collect(test)
        #expect(whole.isFromCache && whole.status == .ok && whole.body == Self.bytes)
        #expect(try scratch.temporaries().isEmpty)
    }

    @Test("Joined content can be read at once or streamed, however its parts arrived", arguments: [true, false])
    func mixes(isFirstStreamed: Bool) async throws {
        let test = try session()
        let (first, second) = ("bytes=0-499999", "bytes=400000-899999")
        if isFirstStreamed {
            _ = try await collect(test, first)
            _ = try await test.session.send(Self.request(second))
        } else {
            _ = try await test.session.send(Self.request(first))
            _ = try await collect(test, second)
        }
        #expect(try await test.session.send(Self.request("bytes=0-899999")).body == Self.bytes.prefix(900_000))
        #expect(try await test.session.send(Self.request()).body == Self.bytes)
        #expect(try await collect(test).body == Self.bytes)
        #expect(test.transport.count == 3)
    }

    @Test("§3.4: the stored beginning is returned before the rest has arrived", arguments: [3000, 300_000])
    func handsOutEarly(count: Int) async throws {
        let (rest, origin) = AsyncThrowingStream<Data, any Error>.makeStream()
        let test = try session(answering: { $0 == 1 ? $1.stream : MessageBody(rest) })
        _ = try await collect(test, "bytes=0-\(count - 1)")
        let response = try await test.session.stream(Self.request())
        #expect(response.head.status == .ok && response.head.headerFields[.contentLength] == "1000000")
        #expect(response.body.byteCount == 1_000_000)
        #expect(test.transport.exchanges[1].request.headerFields[.range] == "bytes=\(count)-")
        var body = response.body.makeAsyncIterator()
        var received = Data()
        while received.count < count { received += try #require(try await body.next()) }
        #expect(received == Self.bytes.prefix(count))
        origin.yield(Self.bytes.suffix(from: count))
        origin.finish()
        while let chunk = try await body.next() { received += chunk }
        #expect(received == Self.bytes)
        #expect(try await collect(test).isFromCache)
    }

    @Test("A rest of the wrong length throws and leaves the stored part", arguments: [-1, 1])
    func noticesWrongLength(excess: Int) async throws {
        let test = try session(answering: { $0 == 2 ? $1.stream(excess: excess) : $1.stream })
        _ = try await collect(test, "bytes=0-599999")
        let response = try await test.session.stream(Self.request())
        let (received, failure) = await readToFailure(response.body)
        #expect(failure is FSCacheError && received.count <= 1_000_000)
        #expect(received == Self.bytes.prefix(received.count))
        #expect(try await collect(test, "bytes=0-599999").isFromCache)
        #expect(try await collect(test).body == Self.bytes)
    }

    @Test(
        "§14.4: a part whose length contradicts its Content-Range is returned but not stored",
        arguments: [-1, 1]
    )
    func refusesLies(excess: Int) async throws {
        let test = try session(answering: { $0 == 2 ? $1.stream(excess: excess) : $1.stream })
        _ = try await collect(test, "bytes=0-299999")
        #expect(try await collect(test, "bytes=300000-599999").body.count == 300_000 + excess)
        let part = try await collect(test, "bytes=0-299999")
        #expect(part.isFromCache && part.body == Self.bytes.prefix(300_000))
        #expect(try await !collect(test, "bytes=300000-300001").isFromCache)
    }

    @Test("A part whose body ends early, or whose reader leaves, is not stored", arguments: [true, false])
    func leaves(breaks: Bool) async throws {
        struct Broken: Error {}
        let (parts, origin) = AsyncThrowingStream<Data, any Error>.makeStream()
        let test = try session(answering: { _, _ in MessageBody(parts) })
        var response: StreamedResponse? = try await test.session.stream(Self.request("bytes=0-599999"))
        #expect(response?.head.status == .partialContent)
        let ended = try #require(response).ended
        origin.yield(Self.bytes.prefix(300_000))
        if breaks {
            origin.finish(throwing: Broken())
            await #expect(throws: Broken.self) { try await response?.body.collect() }
        } else if let body = response?.body {
            for try await _ in body { break }
        }
        response = nil
        // Nobody reads on for a client that has left.
        await ended.opened()
        #expect(try await test.session.cache.count() == 0)
    }

    @Test("A damaged stored part is not joined with a valid one")
    func noticesDamage() async throws {
        let test = try session()
        _ = try await collect(test, "bytes=0-599999")
        let path = try #require(try await BackendRequirement.listings(test.backend).first?.path)
        let file = try FileHandle(forUpdating: URL(filePath: path))
        try file.seek(toOffset: 400_000)
        try file.write(contentsOf: Data("damage".utf8))
        try file.close()
        // Not even the octets before the damage are used.
        #expect(try await collect(test, "bytes=300000-799999").body == Self.bytes.subdata(in: 300_000..<800_000))
        #expect(try await BackendRequirement.listings(test.backend).map(\.isSetAside) == [true])
        let whole = try await collect(test)
        #expect(whole.body == Self.bytes && whole.cacheStatus.forward == .uriMiss)
    }

    @Test(
        "A text format gathers parts up to its limit; larger ones are stored natively, or not",
        arguments: [true, false]
    )
    func keepsLimit(storesNatively: Bool) async throws {
        let test = try session(.json) {
            $0.gatheredByteLimit = 400_000
            $0.storesLargeBodiesNatively = storesNatively
        }
        _ = try await collect(test, "bytes=0-299999")
        _ = try await collect(test, "bytes=300000-599999")
        let listings = try await BackendRequirement.listings(test.backend)
        #expect(listings.map(\.fileExtension) == [storesNatively ? "cbor" : "json"])
        #expect(try await collect(test, "bytes=0-299999").isFromCache)
        #expect(try await collect(test, "bytes=0-599999").isFromCache == storesNatively)
    }

    @Test("Parts behind a stage are joined", arguments: FormatUnderTest.staged)
    func keepsStages(format: FormatUnderTest) async throws {
        let test = try session(format.serializer)
        _ = try await collect(test, "bytes=0-29999")
        _ = try await collect(test, "bytes=30000-59999")
        let listings = try await BackendRequirement.listings(test.backend)
        #expect(listings.map(\.fileExtension) == [format.fileExtension])
        let part = try await collect(test, "bytes=0-59999")
        #expect(part.isFromCache && part.body == Self.bytes.prefix(60_000))
    }
}
