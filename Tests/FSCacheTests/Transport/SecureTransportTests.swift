import FSCache
import Foundation
import HTTPTypes
import TestSupport
import Testing

#if AsyncHTTPClient
import AsyncHTTPClient
import FSCacheAsyncHTTPClient
import NIOSSL
#endif

@Suite("Transport over TLS", .timeLimit(.minutes(2)))
struct SecureTransportTests {
    private func get(_ target: String, of origin: SecureOrigin, by transport: any HTTPTransport) async throws -> Data {
        let authority = "127.0.0.1:\(origin.port)"
        let request = HTTPRequest(method: .get, scheme: "https", authority: authority, path: target)
        return try await transport.send(request, body: nil).body.collect()
    }

    @Test("A certificate from an untrusted authority is rejected", arguments: TransportUnderTest.all)
    func untrusted(_ transport: TransportUnderTest) async throws {
        let origin = try SecureOrigin()
        defer { origin.stop() }
        await #expect(throws: (any Error).self) { try await get("/", of: origin, by: transport.make()) }
    }

    #if AsyncHTTPClient
    @Test(
        "An authority in the configuration is trusted, also in a wrapped client",
        arguments: [false, true]
    )
    func trusted(isWrapped: Bool) async throws {
        let origin = try SecureOrigin()
        defer { origin.stop() }
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file(origin.authority.path)
        let configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        let client = HTTPClient(configuration: configuration)
        let transport =
            isWrapped
            ? try AsyncHTTPClientTransport(client) : AsyncHTTPClientTransport(configuration: configuration)
        #expect(try await get("/", of: origin, by: transport) == Data("secure".utf8))
        // If only the end of the connection marks the end of content, anybody could have truncated it.
        let error = await #expect(throws: FSCacheError.self) { try await get("/cut", of: origin, by: transport) }
        #expect(error?.code == .incompleteResponse)
        try await client.shutdown()
    }
    #endif
}
