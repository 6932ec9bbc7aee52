import FSCacheTesting
import Foundation
import HTTPTypes
import Serializers
import Synchronization
import TestSupport
import Testing

@testable import FSCache

/// Sends random requests to an origin whose content changes.
///
/// Each answer must have the content that the origin had under the answer's entity tag.
@Suite("Partial responses: random requests")
struct PartialModelTests {
    /// The content of an origin, by version.
    private final class Versions: Sendable {
        private let versions: Mutex<[String: Data]>
        private let current: Mutex<RangedContent>

        init() {
            let first = Self.content(1)
            versions = Mutex(["\"1\"": first.bytes])
            current = Mutex(first)
        }

        private static func content(_ number: Int) -> RangedContent {
            var content = RangedContent(
                Data((0..<(20 + number % 7)).map { UInt8(truncatingIfNeeded: $0 + number * 31) })
            )
            content.tag = "\"\(number)\""
            content.tellsLength = !number.isMultiple(of: 3)
            return content
        }

        func change() {
            let next = versions.withLock { versions in
                let content = Self.content(versions.count + 1)
                versions[content.tag ?? ""] = content.bytes
                return content
            }
            current.withLock { $0 = next }
        }

        func answer(_ request: HTTPFields) -> TransportResponse { current.withLock { $0 }.response(request) }
        func bytes(_ tag: String?) -> Data? { versions.withLock { $0[tag ?? ""] } }
    }

    private static func range(_ generator: inout SeededGenerator) -> String {
        let (first, count) = (Int.random(in: 0..<28, using: &generator), Int.random(in: 0..<12, using: &generator))
        return switch Int.random(in: 0..<10, using: &generator) {
        case 0: "bytes=-\(count)"
        case 1: "bytes=\(first)-"
        case 2: "bytes=\(first)-\(first + count),\(first + count + 3)-"
        default: "bytes=\(first)-\(first + count)"
        }
    }

    @Test(
        "No answer ever mixes two states, nor gives other octets than it says",
        arguments: FormatUnderTest.plain,
        0..<12
    )
    func answersRight(format: FormatUnderTest, seed: Int) async throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let origin = Versions()
        let test = SessionUnderTest(serializer: format.serializer, settings: { $0 = .rfc9111() }) { exchange in
            origin.answer(exchange.request.headerFields)
        }
        var hits = 0
        for step in 0..<150 {
            if Int.random(in: 0..<30, using: &generator) == 0 { origin.change() }
            if Int.random(in: 0..<20, using: &generator) == 0 { test.clock.advance(by: 40) }
            var request = HTTPRequest(method: .get, scheme: "https", authority: "example.com", path: "/items")
            let asksForPart = Int.random(in: 0..<10, using: &generator) > 0
            if asksForPart { request.headerFields[.range] = Self.range(&generator) }
            if asksForPart, Int.random(in: 0..<6, using: &generator) == 0 {
                request.headerFields[.ifRange] = "\"\(Int.random(in: 1...3, using: &generator))\""
            }
            let isStreamed = Bool.random(using: &generator)
            let response =
                isStreamed
                ? try await test.session.stream(request).collect() : try await test.session.send(request)
            hits += response.isFromCache ? 1 : 0
            let what: Comment = "seed \(seed), step \(step): \(request.headerFields) gave \(response.headerFields)"
            switch response.status.code {
            case 200:
                #expect(response.body == origin.bytes(response.headerFields[.eTag]), what)
                if let length = response.headerFields[.contentLength] {
                    #expect(length == "\(response.body.count)", what)
                }
                #expect(response.headerFields[.contentRange] == nil, what)
            case 206:
                #expect(asksForPart, what)
                guard let range = ContentRange(response.headerFields) else {
                    #expect(!response.isFromCache, what)
                    continue
                }
                let bytes = try #require(origin.bytes(response.headerFields[.eTag]))
                try #require(range.octets.upperBound <= bytes.count, what)
                #expect(response.body == bytes.subdata(in: range.octets), what)
                #expect(range.completeLength ?? bytes.count == bytes.count, what)
            default:
                #expect(response.status.code == 416 && asksForPart, what)
            }
        }
        // Otherwise the test wouldn't have used the store.
        #expect(hits > 20, "seed \(seed)")
    }
}
