#if AsyncHTTPClient
import AsyncHTTPClient
import FSCache
import Foundation
import NIOCore
import Synchronization

/// The content of a response as it comes from `HTTPClient`, which ends the exchange when nobody can read it any more.
///
/// The first that reads it gets it. `HTTPClient` would end the process at the second.
struct AsyncHTTPClientContent: AsyncSequence, Sendable {
    private let body: HTTPClientResponse.Body
    private let reading: Reading

    init(_ body: HTTPClientResponse.Body, byteCount: Int?, client: OwnedHTTPClient, expectation: Expectation?) {
        self.body = body
        self.reading = Reading(byteCount: byteCount, client: client, expectation: expectation)
    }

    func makeAsyncIterator() -> Iterator {
        Iterator(reading: reading, chunks: reading.begin() ? body.makeAsyncIterator() : nil)
    }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let reading: Reading
        /// What comes from the client; `nil` when somebody else reads it, or has read it.
        fileprivate var chunks: HTTPClientResponse.Body.AsyncIterator?

        mutating func next() async throws -> Data? {
            guard chunks != nil, !reading.isOver else { return try reading.result() }
            do {
                while let chunk = try await chunks?.next(isolation: #isolation) {
                    guard chunk.readableBytes > 0 else { continue }
                    reading.receive(chunk.readableBytes)
                    return Data(chunk.readableBytesView)
                }
                try Task.checkCancellation()
                reading.finish()
            } catch {
                reading.fail(error)
            }
            return try reading.result()
        }
    }
}

extension AsyncHTTPClientContent {
    /// How far the reading has come.
    fileprivate final class Reading: Sendable {
        private struct State {
            var isBegun = false
            var receivedCount = 0
            var ending: Result<Void, any Error>?
        }

        private let byteCount: Int?
        private let client: OwnedHTTPClient
        /// What the request's content waits for, if it does; once the response is over, it is not wanted any more.
        private let expectation: Expectation?
        private let state = Mutex(State())

        init(byteCount: Int?, client: OwnedHTTPClient, expectation: Expectation?) {
            self.byteCount = byteCount
            self.client = client
            self.expectation = expectation
        }

        deinit { expectation?.settle(isWanted: false) }

        /// Whether the content has come to its end, good or bad.
        var isOver: Bool {
            state.withLock { $0.ending != nil }
        }

        /// Tells whether the caller is the first.
        func begin() -> Bool {
            state.withLock { state in
                defer { state.isBegun = true }
                return !state.isBegun
            }
        }

        func receive(_ count: Int) {
            state.withLock { $0.receivedCount += count }
        }

        /// Ends the content, if it is as long as it was said to be.
        func finish() {
            expectation?.settle(isWanted: false)
            state.withLock { state in
                let isComplete = byteCount.map { state.receivedCount >= $0 } ?? true
                state.ending = isComplete ? .success(()) : .failure(incomplete(state.receivedCount))
            }
        }

        /// Ends the content, badly unless all of it has come: `HTTPClient` fails a response to HEAD for want of the content
        /// whose coding it would undo.
        func fail(_ error: any Error) {
            expectation?.settle(isWanted: false)
            state.withLock { state in
                if error is CancellationError {
                    state.ending = .failure(error)
                } else if state.receivedCount == byteCount {
                    state.ending = .success(())
                } else {
                    state.ending = .failure(incomplete(state.receivedCount, error))
                }
            }
        }

        /// What there is to say to one who gets no more content.
        func result() throws -> Data? {
            guard let ending = state.withLock({ $0.ending }) else {
                throw FSCacheError(.unsupportedRequest, "Another task is reading this body. It can be read once.")
            }
            try ending.get()
            return nil
        }

        private func incomplete(_ receivedCount: Int, _ error: (any Error)? = nil) -> FSCacheError {
            .incompleteResponse(receivedCount: receivedCount, of: byteCount, underlyingError: error)
        }
    }
}
#endif
