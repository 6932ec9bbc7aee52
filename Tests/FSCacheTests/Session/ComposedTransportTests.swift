import FSCache
import Foundation
import HTTPTypes
import Synchronization
import TestSupport
import Testing

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

@Suite("Session over the caller's transport")
struct ComposedTransportTests {
    /// Signs requests, counts them, and retries if the underlying transport fails, as a caller would write it.
    private final class Decorated<Base: HTTPTransport>: HTTPTransport {
        private let base: Base
        private let counter = Mutex(0)

        init(_ base: Base) {
            self.base = base
        }

        var count: Int { counter.withLock { $0 } }

        func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse {
            counter.withLock { $0 += 1 }
            var request = request
            request.headerFields[.authorization] = "Signature \(request.path?.count ?? 0)"
            var response = try? await base.send(request, body: body)
            if response == nil { response = try await base.send(request, body: body) }
            guard var response else { throw FSCacheError(.invalidResponse, "There is no response.") }
            response.head.headerFields[.via] = "1.1 decorated"
            return response
        }
    }

    @Test("A transport that decorates another is used only on misses")
    func decorates() async throws {
        struct Broken: Error {}
        let scripted = ScriptedTransport { exchange in
            if exchange.ordinal == 1 { throw Broken() }
            return TransportResponse(200, [.eTag: "\"v\""], body: exchange.request.headerFields[.authorization] ?? "")
        }
        let transport = Decorated(Decorated(scripted))
        let session = CachedSession(cache: ResponseCache(backend: MemoryBackend()), transport: transport)
        for isFromCache in [false, true, true] {
            let response = try await session.get("https://example.com/page")
            #expect(response.isFromCache == isFromCache)
            #expect(response.text() == "Signature 5")
            #expect(response.headerFields[.via] == "1.1 decorated")
        }
        #expect(transport.count == 1 && scripted.count == 2)
    }

    @Test("The built-in transport can also be decorated")
    func decoratesShipped() async throws {
        let transport = Decorated(URLSessionTransport(configuration: .ephemeral))
        let session = CachedSession(
            cache: ResponseCache(backend: MemoryBackend(), settings: CacheSettings(expireAfter: 60)),
            transport: transport
        )
        try await withOrigin { origin in
            let first = try await session.get(origin.url("/redirect/2"))
            let second = try await session.get(origin.url("/redirect/2"))
            #expect(first.history.count == 2 && second.isFromCache)
            #expect(transport.count == 3)
            #expect(origin.requests.allSatisfy { $0.fields["Authorization"]?.hasPrefix("Signature") == true })
        }
    }

    @Test("A body that a transport delivers in parts is stored completely")
    func streams() async throws {
        let transport = ScriptedTransport { _ in
            let (chunks, continuation) = AsyncStream.makeStream(of: Data.self)
            Task {
                for part in ["one ", "", "two ", "three"] {
                    continuation.yield(Data(part.utf8))
                    await Task.yield()
                }
                continuation.finish()
            }
            return TransportResponse(head: HTTPResponse(status: .ok), body: MessageBody(chunks))
        }
        let session = CachedSession(cache: ResponseCache(backend: MemoryBackend()), transport: transport)
        for _ in 0..<2 { #expect(try await session.get("https://example.com/").text() == "one two three") }
        #expect(transport.count == 1)
    }
}
