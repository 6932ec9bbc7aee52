#if AsyncHTTPClient
import AsyncHTTPClient
import FSCache
import Foundation
import NIOCore
import Synchronization

/// The content of a response of `HTTPClient`.
///
/// The exchange ends when the content and its iterator are released.
///
/// Only the first reader gets it, because `HTTPClient` would end the process for a second one.
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
        /// The chunks from the client; `nil` if this is not the first reader.
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
    /// The progress of the only reader.
    fileprivate final class Reading: Sendable {
        private struct State {
            var isBegun = false
            var receivedCount = 0
            var ending: Result<Void, any Error>?
        }

        private let byteCount: Int?
        private let client: OwnedHTTPClient
        /// Holds back the content of the request, which is no longer wanted once the response has ended.
        private let expectation: Expectation?
        private let state = Mutex(State())

        init(byteCount: Int?, client: OwnedHTTPClient, expectation: Expectation?) {
            self.byteCount = byteCount
            self.client = client
            self.expectation = expectation
        }

        deinit { expectation?.settle(isWanted: false) }

        /// Whether the content has ended or failed.
        var isOver: Bool {
            state.withLock { $0.ending != nil }
        }

        /// Starts reading; `false` if somebody already has.
        func begin() -> Bool {
            state.withLock { state in
                defer { state.isBegun = true }
                return !state.isBegun
            }
        }

        func receive(_ count: Int) {
            state.withLock { $0.receivedCount += count }
        }

        /// Ends the content; with an error, if it is shorter than its `Content-Length`.
        func finish() {
            expectation?.settle(isWanted: false)
            state.withLock { state in
                let isComplete = byteCount.map { state.receivedCount >= $0 } ?? true
                state.ending = isComplete ? .success(()) : .failure(incomplete(state.receivedCount))
            }
        }

        /// Ends the content with an error, unless all of it has arrived: `HTTPClient` fails responses to `HEAD` because
        /// it can't decode the missing content.
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

        /// The end of the content, or its error.
        func result() throws -> Data? {
            guard let ending = state.withLock({ $0.ending }) else {
                throw FSCacheError.bodyIsBeingRead
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
