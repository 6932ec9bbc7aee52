import FSCache
import Foundation
import HTTPTypes
import TestSupport
import Testing

/// Parts over real connections, and in files.
@Suite("Partial responses on the wire", .timeLimit(.minutes(2)))
struct PartialWireTests {
    private static let content = RangedContent(Origin.bytes(400_000))

    private func session(_ transport: TransportUnderTest, in folder: ScratchDirectory) throws -> CachedSession {
        CachedSession(
            cache: try ResponseCache(folder("cache"), settings: .rfc9111()),
            transport: transport.make(),
            now: TestClock(Date()).source
        )
    }

    @Test(
        "Ranges are stored, joined, served and completed, at once and streamed",
        arguments: TransportUnderTest.all,
        [true, false]
    )
    func goesThrough(transport: TransportUnderTest, isStreamed: Bool) async throws {
        let folder = try ScratchDirectory()
        let session = try session(transport, in: folder)
        try await withOrigin({ Self.content.response($0) }) { origin in
            func get(_ fields: HTTPFields = [:]) async throws -> CachedResponse {
                let request = HTTPRequest(
                    method: .get,
                    scheme: "http",
                    authority: "127.0.0.1:\(origin.port)",
                    path: "/video",
                    headerFields: fields
                )
                return isStreamed ? try await session.stream(request).collect() : try await session.send(request)
            }
            #expect(try await get([.range: "bytes=0-99999"]).body == Self.content.bytes.prefix(100_000))
            let next = try await get([.range: "bytes=100000-299999", .ifRange: "\"1\""])
            #expect(next.status == .partialContent && !next.isFromCache)
            let hit = try await get([.range: "bytes=90000-109999"])
            #expect(hit.isFromCache && hit.body == Self.content.bytes.subdata(in: 90_000..<110_000))
            #expect(hit.headerFields[.contentRange] == "bytes 90000-109999/400000")
            #expect(origin.requests.count == 2)

            let whole = try await get()
            #expect(whole.status == .ok && whole.body == Self.content.bytes)
            #expect(origin.requests.count == 3)
            #expect(origin.requests.last?.fields["Range"] == "bytes=300000-")
            #expect(origin.requests.last?.fields["If-Range"] == "\"1\"")
            #expect(try await get().isFromCache)
            let last = try await get([.range: "bytes=-1"])
            #expect(last.isFromCache && last.body == Self.content.bytes.suffix(1))
            let none = try await get([.range: "bytes=400000-"])
            #expect(none.status == .rangeNotSatisfiable && none.isFromCache && origin.requests.count == 3)
        }
        await session.close()
    }

    @Test(
        "A part whose connection breaks is not stored, and the previous one stays",
        arguments: TransportUnderTest.all
    )
    func breaksOff(transport: TransportUnderTest) async throws {
        let folder = try ScratchDirectory()
        let session = try session(transport, in: folder)
        let handler: Origin.Handler = { request in
            guard request.fields["Range"] == "bytes=200000-" else { return Self.content.response(request) }
            var response = Self.content.response(request)
            response.framing = .declaredLength(200_000)
            response.content = [.send(Self.content.bytes.subdata(in: 200_000..<250_000)), .close]
            return response
        }
        try await withOrigin(handler) { origin in
            let url = origin.url("/video")
            _ = try await session.get(url, headers: [.range: "bytes=0-199999"])
            // Neither as a separate part nor as the rest of the other.
            await #expect(throws: (any Error).self) { try await session.get(url, headers: [.range: "bytes=200000-"]) }
            await #expect(throws: (any Error).self) { try await session.get(url) }
            let part = try await session.get(url, headers: [.range: "bytes=0-199999"])
            #expect(part.isFromCache && part.body == Self.content.bytes.prefix(200_000))
            #expect(try await session.get(url, headers: [.range: "bytes=200000-200001"]).status == .partialContent)
        }
        await session.close()
    }
}
