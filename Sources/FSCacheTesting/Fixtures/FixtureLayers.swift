import FSCache
import FSCacheFixtures
import Foundation
import HTTPTypes
import Synchronization
import Testing

/// The responses of a test: its stubs, then its files, then those of the traits around it.
final class FixtureLayers: HTTPTransport {
    let stubs: StubTransport
    /// The files, if the test has any.
    let files: FixtureTransport?
    let clock: FixtureClock
    /// Where the test is written.
    let location: SourceLocation
    private let misses = Mutex<[(message: String, location: SourceLocation)]>([])

    init(stubs: StubTransport, files: FixtureTransport?, location: SourceLocation) {
        self.stubs = stubs
        self.files = files
        self.location = location
        clock = files?.clock ?? FixtureClock(start: FixtureSettings().recordedAt ?? Date())
    }

    var counts: FixtureTransport.Counts {
        var counts = files?.counts ?? FixtureTransport.Counts()
        counts.requests += stubs.answeredCount
        return counts
    }

    func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse {
        if let stub = try stubs.next(for: request) { return try await stub.answer(request, body) }
        do {
            guard let files else { throw stubs.miss(request) }
            return try await files.send(request, body: body)
        } catch let error as FSCacheError where error.code == .offline {
            let place = CallSite.line(in: location)
            misses.withLock { $0.append((error.message, place ?? location)) }
            throw error
        }
    }

    /// The line of the test whose request has failed with an error; `nil` if it is another error.
    func location(of error: any Error) -> SourceLocation? {
        guard let error = error as? FSCacheError, error.code == .offline else { return nil }
        return misses.withLock { $0.first { $0.message == error.message }?.location }
    }
}
