import FSCache
import FSCacheFixtures
import Foundation
import HTTPTypes

/// The responses of a test: its stubs, then its files, then those of the traits around it.
struct FixtureLayers: HTTPTransport {
    let stubs: StubTransport
    /// The files, if the test has any.
    let files: FixtureTransport?
    let clock: FixtureClock

    init(stubs: StubTransport, files: FixtureTransport?) {
        self.stubs = stubs
        self.files = files
        clock = files?.clock ?? FixtureClock(start: FixtureSettings().recordedAt ?? Date())
    }

    var counts: FixtureTransport.Counts {
        var counts = files?.counts ?? FixtureTransport.Counts()
        counts.requests += stubs.answeredCount
        return counts
    }

    func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse {
        if let stub = try stubs.next(for: request) { return try await stub.answer(request, body) }
        if let files { return try await files.send(request, body: body) }
        throw stubs.miss(request)
    }
}
