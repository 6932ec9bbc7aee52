#if AsyncHTTPClient
import FSCache
import Foundation
import HTTPTypes
import Synchronization

/// Whether the origin wants the content of a request with `Expect: 100-continue` (RFC 9110 §10.1.1).
final class Expectation: Sendable {
    private enum State {
        case open(CheckedContinuation<Bool, Never>?)
        case settled(isWanted: Bool)
    }

    private let state = Mutex(State.open(nil))

    /// Makes the expectation of a request; `nil` if the request has none.
    init?(of request: HTTPRequest) {
        guard request.headerFields[.expect]?.lowercased() == "100-continue" else { return nil }
    }

    /// Sets whether the content is wanted; only the first call has an effect.
    func settle(isWanted: Bool) {
        let waiting = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard case .open(let waiting) = state else { return nil }
            state = .settled(isWanted: isWanted)
            return waiting
        }
        waiting?.resume(returning: isWanted)
    }

    /// Waits until it is known whether the content is wanted.
    fileprivate func isWanted() async -> Bool {
        await withCheckedContinuation { continuation in
            let isWanted = state.withLock { state -> Bool? in
                if case .settled(let isWanted) = state { return isWanted }
                state = .open(continuation)
                return nil
            }
            if let isWanted { continuation.resume(returning: isWanted) }
        }
    }

    /// Holds content back until it is wanted.
    ///
    /// - Parameter body: The content.
    /// - Returns: The content, which throws `CancellationError` if it is not wanted.
    func holding(_ body: MessageBody) -> MessageBody {
        MessageBody(HeldContent(body: body, expectation: self), byteCount: body.byteCount)
    }

    private struct HeldContent: AsyncSequence, Sendable {
        let body: MessageBody
        let expectation: Expectation

        struct Iterator: AsyncIteratorProtocol {
            let expectation: Expectation
            var chunks: MessageBody.Iterator

            mutating func next() async throws -> Data? {
                guard await expectation.isWanted() else { throw CancellationError() }
                return try await chunks.next()
            }
        }

        func makeAsyncIterator() -> Iterator {
            Iterator(expectation: expectation, chunks: body.makeAsyncIterator())
        }
    }
}
#endif
