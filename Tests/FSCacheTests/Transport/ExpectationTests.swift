#if AsyncHTTPClient
import AsyncHTTPClient
import FSCache
import Foundation
import HTTPTypes
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import FSCacheAsyncHTTPClient

@Suite("Content with Expect: 100-continue", .timeLimit(.minutes(1)))
struct ExpectationTests {
    /// Content that opens a gate when it is read.
    private final class Content: AsyncSequence, Sendable {
        let isRead = Gate()

        struct Iterator: AsyncIteratorProtocol {
            let content: Content
            var rest = [Data("hel".utf8), Data("lo".utf8)][...]

            mutating func next() async -> Data? {
                content.isRead.open()
                return rest.popFirst()
            }
        }

        func makeAsyncIterator() -> Iterator { Iterator(content: self) }
    }

    private static let fields: HTTPFields = [.expect: "100-continue"]

    private func post(
        _ content: Content,
        to origin: Origin,
        waiting time: TimeAmount = .hours(1)
    ) async throws -> TransportResponse {
        let transport = AsyncHTTPClientTransport(
            configuration: HTTPClient.Configuration(),
            eventLoopGroup: HTTPClient.defaultEventLoopGroup,
            expectationTime: time
        )
        return try await transport.send(.post, "/echo", of: origin, Self.fields, body: MessageBody(content))
    }

    @Test("Content is read when the origin has answered 100")
    func met() async throws {
        let content = Content()
        let isReadEarly = Mutex(true)
        let expect: Origin.ExpectationHandler = { _ in
            isReadEarly.withLock { $0 = content.isRead.isOpen }
            return .meet
        }
        try await withOrigin(expect: expect) { origin in
            let response = try await post(content, to: origin)
            #expect(response.head.status == .ok)
            _ = try await response.body.collect()
            #expect(origin.requests[0].body == Data("hello".utf8))
            #expect(origin.requests[0].fields["Expect"] == "100-continue")
            #expect(isReadEarly.withLock { !$0 })
        }
    }

    @Test("Content is not read when the origin answers at once", arguments: [200, 307, 413, 417])
    func refused(status: Int) async throws {
        let handler: Origin.Handler = { _ in Origin.Response(status: status, body: "no") }
        try await withOrigin(handler, expect: { _ in .refuse }) { origin in
            let content = Content()
            let response = try await post(content, to: origin)
            #expect(response.head.status.code == status)
            #expect(try await response.text() == "no")
            #expect(!content.isRead.isOpen)
        }
    }

    @Test("Content is read after a while if the origin doesn't answer")
    func ignored() async throws {
        try await withOrigin(expect: { _ in .ignore }) { origin in
            let response = try await post(Content(), to: origin, waiting: .milliseconds(1))
            _ = try await response.body.collect()
            #expect(origin.requests[0].body == Data("hello".utf8))
        }
    }

    @Test("Content is not read when the origin breaks the connection")
    func broken() async throws {
        let handler: Origin.Handler = { _ in
            var response = Origin.Response(framing: .none, content: [])
            response.prelude = [.close]
            return response
        }
        try await withOrigin(handler, expect: { _ in .refuse }) { origin in
            let content = Content()
            await #expect(throws: HTTPClientError.self) { try await post(content, to: origin) }
            #expect(!content.isRead.isOpen)
        }
    }
}
#endif
