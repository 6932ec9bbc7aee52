#if Proxy
import TestSupport
import Testing

@testable import FSCacheProxy

@Suite("Connections that the origin closes while a request is on its way", .timeLimit(.minutes(1)))
struct OriginConnectionTests {
    /// An origin that answers the first request on `/kept`, and of those on `/` only the ones after so many.
    private static func closing(_ times: Int) -> Origin.Handler {
        { request in
            var response = Origin.Response(fields: ["Cache-Control": "no-store"], body: "body")
            if request.path == "/", request.ordinal <= times { response.prelude = [.close] }
            return response
        }
    }

    @Test(
        "an idempotent request is sent once more (RFC 9110 §9.2.2)",
        arguments: ["GET", "HEAD", "OPTIONS", "DELETE", "PUT"]
    )
    func repeats(method: String) async throws {
        try await withOriginAndProxy(Self.closing(1)) { origin, proxy in
            _ = try await proxy.get("/kept")
            let response = try await proxy.exchange("\(method) / HTTP/1.1\nHost: h\n\n")
            #expect(response.status == 200)
            #expect(origin.count("/") == 2)
        }
    }

    @Test("it is sent no more than twice")
    func givesUp() async throws {
        try await withOriginAndProxy(Self.closing(2)) { origin, proxy in
            _ = try await proxy.get("/kept")
            #expect(try await proxy.get("/").status == 504)
            #expect(origin.count("/") == 2)
        }
    }

    @Test(
        "what may not be repeated, or can't be, is sent once",
        arguments: [
            "POST / HTTP/1.1\nHost: h\n\n", "PATCH / HTTP/1.1\nHost: h\n\n",
            "PUT / HTTP/1.1\nHost: h\nContent-Length: 3\n\none",
        ]
    )
    func sendsOnce(request: String) async throws {
        try await withOriginAndProxy(Self.closing(1)) { origin, proxy in
            _ = try await proxy.get("/kept")
            #expect(try await proxy.exchange(request).status == 504)
            #expect(origin.count("/") == 1)
        }
    }
}
#endif
