import Foundation
import HTTPTypes
import Synchronization

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// One request and its response: passes the events of the session's delegate to the task that reads the response.
final class URLSessionExchange: Sendable {
    /// The key of the exchange in the delegate.
    var identifier: Int { task.taskIdentifier }
    private let task: URLSessionTask
    private let method: HTTPRequest.Method
    private let state = Mutex(URLSessionExchangeState())

    init(_ task: URLSessionTask, method: HTTPRequest.Method) {
        self.task = task
        self.method = method
    }

    /// Sends the request and waits for the head of the response.
    func start() async throws -> HTTPResponse {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                perform { $0.awaitHead(continuation) }
                task.resume()
            }
        } onCancel: {
            cancel()
        }
    }

    /// Waits for the next part of the content.
    ///
    /// - Returns: All bytes received since the last call, or `nil` at the end.
    func read() async throws -> Data? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                perform { $0.read(continuation) }
            }
        } onCancel: {
            cancel()
        }
    }

    /// Ends the exchange.
    ///
    /// A waiting task gets `URLError.cancelled`.
    func cancel() {
        let isUnderWay = state.withLock { $0.isUnderWay }
        perform { $0.fail(URLError(.cancelled), discardingContent: true) }
        if isUnderWay { task.cancel() }
    }

    /// Receives the head of a response.
    ///
    /// - Parameters:
    ///   - response: The response.
    ///   - isProvisional: Whether an authentication challenge and then another response may follow and replace this
    ///     one.
    func receive(_ response: URLResponse, isProvisional: Bool = false) {
        do {
            let head = try HTTPResponse(response)
            guard head.status.kind != .informational || head.status == .switchingProtocols else { return }
            let contentLength = head.contentLength(inAnswerTo: method)
            perform { $0.receive(head, contentLength: contentLength, isProvisional: isProvisional) }
        } catch {
            perform { $0.fail(error) }
            task.cancel()
        }
    }

    /// Receives a part of the content.
    func receive(_ chunk: Data) {
        perform { $0.receive(chunk) }
    }

    /// Discards a provisional response, because another one will follow.
    func startOver() {
        state.withLock { $0.startOver() }
    }

    /// Ends the exchange.
    ///
    /// - Parameter error: The error that ended it; `nil` if the response is complete.
    func finish(_ error: (any Error)? = nil) {
        if let error {
            let reported = Self.explained(error)
            return perform { $0.fail(reported) }
        }
        if state.withLock({ $0.isHeadMissing }), let response = task.response {
            // On Linux, URLSession reports neither head nor content of a redirect without a usable location.
            receive(response)
            perform { $0.finishWithoutContent() }
        } else {
            perform { $0.finish() }
        }
    }

    /// The error, or its cause where that is known: libcurl reports a head of more than 100 KiB as lack of memory.
    private static func explained(_ error: any Error) -> any Error {
        #if canImport(FoundationNetworking)
        guard error.localizedDescription == "Out of memory" else { return error }
        return FSCacheError(
            .invalidResponse,
            "The head of the response is too large. URLSession reads up to 100 KiB on this platform."
        )
        #else
        return error
        #endif
    }

    private func perform(_ transition: (inout URLSessionExchangeState) -> URLSessionExchangeState.Action?) {
        switch state.withLock({ transition(&$0) }) {
        case .resumeHead(let waiter, let result): waiter.resume(with: result)
        case .resumeReader(let reader, let result): reader.resume(with: result)
        case nil: break
        }
    }
}

/// The content of a response.
///
/// It cancels its exchange when it and its iterators are released.
struct URLSessionContent: AsyncSequence, Sendable {
    fileprivate final class Owner: Sendable {
        let exchange: URLSessionExchange

        init(_ exchange: URLSessionExchange) { self.exchange = exchange }

        deinit { exchange.cancel() }
    }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let owner: Owner

        func next() async throws -> Data? { try await owner.exchange.read() }
    }

    private let owner: Owner

    init(_ exchange: URLSessionExchange) { owner = Owner(exchange) }

    func makeAsyncIterator() -> Iterator { Iterator(owner: owner) }
}
