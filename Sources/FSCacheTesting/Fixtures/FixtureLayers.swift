import FSCache
import FSCacheFixtures
import Foundation
import HTTPTypes
import Synchronization
import Testing

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// The responses of a test: its stubs, then its files, then those of the traits around it.
final class FixtureLayers: HTTPTransport {
    let stubs: StubTransport
    /// The files, if the test has any.
    let files: FixtureTransport?
    let clock: FixtureClock
    /// Where the test is written.
    let location: SourceLocation
    private let misses = Mutex<[(message: String, caller: CallSite)]>([])

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
            // Only a function that was resumed has a backtrace with its callers.
            await Task.yield()
            let caller = CallSite()
            misses.withLock { $0.append((error.message, caller)) }
            throw error
        }
    }

    /// The miss that a test has failed with, and the line of the request; `nil` if it has failed with another error.
    func miss(behind error: any Error) -> (error: FSCacheError, location: SourceLocation)? {
        // URLSession wraps the errors that it is given.
        let cause = (error as? URLError)?.userInfo[NSUnderlyingErrorKey] as? any Error
        guard let error = (cause ?? error) as? FSCacheError, error.code == .offline,
            let caller = misses.withLock({ misses in misses.first { $0.message == error.message }?.caller })
        else { return nil }
        return (error, caller.line(in: location) ?? location)
    }
}
