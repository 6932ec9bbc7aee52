import Foundation
import HTTPTypes
import Synchronization

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// One request and its response, between the session's delegate, which tells what comes, and the task that reads it.
final class URLSessionExchange: Sendable {
    /// The number under which the delegate knows it.
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
    /// - Returns: All that has come meanwhile, or `nil` at the end.
    func read() async throws -> Data? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                perform { $0.read(continuation) }
            }
        } onCancel: {
            cancel()
        }
    }

    /// Ends the exchange; whoever waits gets `URLError.cancelled`.
    func cancel() {
        let isUnderWay = state.withLock { $0.isUnderWay }
        perform { $0.fail(URLError(.cancelled), discardingContent: true) }
        if isUnderWay { task.cancel() }
    }

    /// Takes the head of a response.
    ///
    /// - Parameters:
    ///   - response: The response.
    ///   - isProvisional: Whether an authentication challenge may follow, and then another response in its place.
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

    /// Takes a part of the content.
    func receive(_ chunk: Data) {
        perform { $0.receive(chunk) }
    }

    /// Forgets a provisional response: another one will come.
    func startOver() {
        state.withLock { $0.startOver() }
    }

    /// Ends, well or badly.
    ///
    /// - Parameter error: What went wrong; `nil` when all that there was has come.
    func finish(_ error: (any Error)? = nil) {
        if let error { return perform { $0.fail(error) } }
        if state.withLock({ $0.isHeadMissing }), let response = task.response {
            // On Linux, URLSession gives neither head nor content of a redirect that leads nowhere.
            receive(response)
            perform { $0.finishWithoutContent() }
        } else {
            perform { $0.finish() }
        }
    }

    private func perform(_ transition: (inout URLSessionExchangeState) -> URLSessionExchangeState.Action?) {
        switch state.withLock({ transition(&$0) }) {
        case .resumeHead(let waiter, let result): waiter.resume(with: result)
        case .resumeReader(let reader, let result): reader.resume(with: result)
        case nil: break
        }
    }
}
