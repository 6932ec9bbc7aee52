import Foundation
import HTTPTypes
import Serializers
import TestSupport
import Testing

@testable import FSCache

/// A session with a scripted transport, a memory backend and a stopped clock.
struct SessionUnderTest {
    let session: CachedSession
    let transport: ScriptedTransport
    let backend: any CacheBackend
    let clock: TestClock
    let log: LogRecorder

    static let url = "https://example.com/items"

    init(
        serializer: some Serializer = .native,
        backend: any CacheBackend = MemoryBackend(),
        clock: TestClock = TestClock(),
        settings change: (inout CacheSettings) -> Void = { _ in },
        respond: @escaping @Sendable (ScriptedTransport.Exchange) async throws -> TransportResponse
    ) {
        var settings = CacheSettings()
        change(&settings)
        let log = LogRecorder()
        let transport = ScriptedTransport(respond)
        let cache = ResponseCache(
            backend: backend,
            serializer: serializer,
            settings: settings,
            logger: log.logger
        )
        self.session = CachedSession(cache: cache, transport: transport, now: clock.source)
        self.transport = transport
        self.backend = backend
        self.clock = clock
        self.log = log
    }

    /// A session whose origin answers each request with its ordinal as text.
    static func counting(
        _ fields: HTTPFields = [:],
        backend: any CacheBackend = MemoryBackend(),
        settings change: (inout CacheSettings) -> Void = { _ in }
    ) -> SessionUnderTest {
        SessionUnderTest(backend: backend, settings: change) { exchange in
            TransportResponse(200, fields, body: "\(exchange.ordinal)")
        }
    }

    /// A session whose origin knows one validator and answers conditional requests.
    static func validating(settings change: (inout CacheSettings) -> Void = { _ in }) -> SessionUnderTest {
        SessionUnderTest(settings: change) { exchange in
            if exchange.request.headerFields[.ifNoneMatch] == "\"v1\"" {
                return TransportResponse(304, [.eTag: "\"v1\"", .server: "\(exchange.ordinal)"])
            }
            return TransportResponse(200, [.eTag: "\"v1\"", .server: "\(exchange.ordinal)"], body: "content")
        }
    }
}

extension StreamedResponse {
    /// Opens when the origin is no longer read and the content is stored or given up.
    var ended: Gate {
        get throws {
            let ended = Gate()
            try #require(body.shared).whenEnded { ended.open() }
            return ended
        }
    }
}
