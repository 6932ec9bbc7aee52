import FSCache
import Foundation
import HTTPTypes
import Synchronization
import TestSupport
import Testing

/// Records interim responses.
final class InterimRecorder: Sendable {
    private let heads = Mutex<[HTTPResponse]>([])

    /// The interim responses so far.
    var all: [HTTPResponse] { heads.withLock { $0 } }

    /// Their status codes.
    var codes: [Int] { all.map(\.status.code) }

    /// Options that record interim responses.
    var options: RequestOptions { RequestOptions(onInterimResponse: note) }

    @Sendable func note(_ head: HTTPResponse) { heads.withLock { $0.append(head) } }
}

@Suite("Interim responses")
struct InterimResponseTests {
    private static let url = SessionUnderTest.url

    /// A session whose origin sends 103 with the request's ordinal before each response.
    private func subject(
        _ fields: HTTPFields = [:],
        settings: (inout CacheSettings) -> Void = { _ in }
    ) -> SessionUnderTest {
        SessionUnderTest(settings: settings) { exchange in
            InterimResponses.receiver?(
                HTTPResponse(status: .init(code: 103), headerFields: [.eTag: "\"\(exchange.ordinal)\""])
            )
            return TransportResponse(200, fields, body: "\(exchange.ordinal)")
        }
    }

    @Test("Interim responses are reported while the request waits, and are not stored")
    func miss() async throws {
        let (subject, recorder) = (subject(), InterimRecorder())
        let first = try await subject.session.get(Self.url, options: recorder.options)
        #expect(recorder.codes == [103])
        #expect(recorder.all[0].headerFields == [.eTag: "\"1\""])
        #expect(first.status == .ok && first.headerFields[.eTag] == nil)

        let hit = try await subject.session.get(Self.url, options: recorder.options)
        #expect(hit.isFromCache && hit.status == .ok && hit.headerFields[.eTag] == nil && hit.text() == "1")
        #expect(recorder.codes == [103])
    }

    @Test("Interim responses are reported if the request bypasses the cache")
    func bypass() async throws {
        let (subject, recorder) = (subject(), InterimRecorder())
        _ = try await subject.session.delete(Self.url, options: recorder.options)
        #expect(recorder.codes == [103])
    }

    @Test("Interim responses are reported before each redirect")
    func redirects() async throws {
        let subject = SessionUnderTest { exchange in
            InterimResponses.receiver?(HTTPResponse(status: .init(code: 102 + exchange.ordinal)))
            guard exchange.ordinal == 1 else { return TransportResponse(body: "there") }
            return TransportResponse(302, [.location: "/there"])
        }
        let recorder = InterimRecorder()
        #expect(try await subject.session.get(Self.url, options: recorder.options).text() == "there")
        #expect(recorder.codes == [103, 104])
    }

    @Test("Collapsed requests get no interim responses")
    func followers() async throws {
        let (asked, answered) = (Gate(), Gate())
        let subject = SessionUnderTest { exchange in
            asked.open()
            await answered.opened()
            InterimResponses.receiver?(HTTPResponse(status: .init(code: 103)))
            return TransportResponse(body: "\(exchange.ordinal)")
        }
        let (leader, follower) = (InterimRecorder(), InterimRecorder())
        async let first = subject.session.get(Self.url, options: leader.options)
        await asked.opened()
        async let second = subject.session.get(Self.url, options: follower.options)
        await subject.log.logged("waiting for a concurrent request")
        answered.open()
        #expect(try await [first.text(), second.text()] == ["1", "1"])
        #expect(leader.codes == [103] && follower.codes.isEmpty)
    }

    @Test("A background refresh reports no interim responses, even if the session is another's transport")
    func backgroundRefresh() async throws {
        let inner = subject { settings in
            settings.expireAfter = 10
            settings.staleWhileRevalidate = .always
        }
        struct Outer: HTTPTransport {
            let session: CachedSession

            func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse {
                let response = try await session.send(request)
                let head = HTTPResponse(status: response.status, headerFields: response.headerFields)
                return TransportResponse(head: head, body: MessageBody(response.body))
            }
        }
        let outer = CachedSession(
            cache: ResponseCache(backend: MemoryBackend()),
            transport: Outer(session: inner.session)
        )
        let recorder = InterimRecorder()
        var options = recorder.options
        options.forceRefresh = true
        #expect(try await outer.get(Self.url, options: options).text() == "1")
        #expect(recorder.codes == [103])
        inner.clock.advance(by: 11)
        #expect(try await outer.get(Self.url, options: options).text() == "1")
        // Waits for the refresh.
        await inner.session.close()
        #expect(inner.transport.count == 2)
        #expect(recorder.codes == [103])
    }
}
