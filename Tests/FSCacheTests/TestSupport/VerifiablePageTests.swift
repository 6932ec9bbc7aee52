import FSCache
import Foundation
import HTTPTypes
import TestSupport
import Testing

@Suite("Verifiable pages")
struct VerifiablePageTests {
    private let url = TortureSite.url(5)

    /// The result of a session for a page that was tampered with.
    private func response(
        seed: UInt64,
        requesting requested: String? = nil,
        _ tamper: @escaping @Sendable (inout Data) -> Void = { _ in }
    ) async throws -> CachedResponse {
        let url = url
        let transport = ScriptedTransport { _ in
            let page = try VerifiablePage.response(url, seed: seed, wordCount: 20)
            var body = try await page.body.collect()
            tamper(&body)
            return TransportResponse(head: page.head, body: MessageBody(body))
        }
        let session = CachedSession(cache: ResponseCache(backend: MemoryBackend()), transport: transport)
        return try await session.get(requested ?? url)
    }

    @Test(
        "A complete page passes; a torn, mixed, changed or foreign one doesn't",
        arguments: 0..<3 as Range<UInt64>
    )
    func verifies(seed: UInt64) async throws {
        #expect(try await VerifiablePage.problem(in: response(seed: seed), of: url) == nil)
        let other = TortureSite.url(6)
        #expect(try await VerifiablePage.problem(in: response(seed: seed), of: other) != nil)
        #expect(try await VerifiablePage.problem(in: response(seed: seed, requesting: other), of: other) != nil)
        let size = try await response(seed: seed).body.count
        for offset in 0..<size {
            let torn = try await response(seed: seed) { $0 = $0.prefix(offset) }
            #expect(VerifiablePage.problem(in: torn, of: url) != nil, "the first \(offset) bytes")
            let changed = try await response(seed: seed) { $0[$0.startIndex + offset] ^= 1 }
            #expect(VerifiablePage.problem(in: changed, of: url) != nil, "byte \(offset)")
        }
        let older = try await response(seed: seed + 3).body
        #expect(try await VerifiablePage.problem(in: response(seed: seed) { $0 = older }, of: url) != nil)
    }
}
