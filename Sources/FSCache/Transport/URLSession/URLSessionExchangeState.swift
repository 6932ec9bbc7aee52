import Foundation
import HTTPTypes

/// The state machine of an exchange.
///
/// A transition returns the waiter to resume, and the caller resumes it outside its lock. Each waiter is returned
/// exactly once.
struct URLSessionExchangeState {
    typealias HeadWaiter = CheckedContinuation<HTTPResponse, any Error>
    typealias Reader = CheckedContinuation<Data?, any Error>

    enum Action {
        case resumeHead(HeadWaiter, Result<HTTPResponse, any Error>)
        case resumeReader(Reader, Result<Data?, any Error>)
    }

    private enum Head {
        case awaited
        /// An authentication challenge may follow, and then another response.
        case held(HTTPResponse)
        case delivered
    }

    private var head = Head.awaited
    private var headWaiter: HeadWaiter?
    private var reader: Reader?
    /// The bytes that have not been read yet.
    private var buffered = Data()
    private var receivedCount = 0
    private var contentLength: Int?
    private var ending: Result<Void, any Error>?

    /// Whether the exchange has not ended yet.
    var isUnderWay: Bool { ending == nil }

    /// Whether no response has arrived yet, not even a provisional one.
    var isHeadMissing: Bool {
        if case .awaited = head { isUnderWay } else { false }
    }

    mutating func awaitHead(_ waiter: HeadWaiter) -> Action? {
        // The request has not been sent yet, so this means that the task was cancelled.
        if case .failure(let error) = ending { return .resumeHead(waiter, .failure(error)) }
        headWaiter = waiter
        return nil
    }

    mutating func receive(_ response: HTTPResponse, contentLength: Int?, isProvisional: Bool) -> Action? {
        guard isHeadMissing else { return nil }
        self.contentLength = contentLength
        head = .held(response)
        return isProvisional ? nil : deliverHead()
    }

    mutating func receive(_ chunk: Data) -> Action? {
        guard isUnderWay else { return nil }
        receivedCount += chunk.count
        if let reader = reader.take() { return .resumeReader(reader, .success(chunk)) }
        buffered.append(chunk)
        return nil
    }

    /// Discards a provisional response.
    mutating func startOver() {
        guard case .held = head else { return }
        head = .awaited
        buffered = Data()
        receivedCount = 0
    }

    /// Ends the exchange; with an error, if the content is shorter than its `Content-Length`.
    mutating func finish() -> Action? {
        guard isUnderWay else { return nil }
        if let contentLength, receivedCount < contentLength { return fail(incomplete()) }
        switch head {
        case .awaited:
            return fail(FSCacheError(.invalidResponse, "The exchange ended without a response."))
        case .held:
            ending = .success(())
            return deliverHead()
        case .delivered:
            ending = .success(())
            return reader.take().map { .resumeReader($0, .success(nil)) }
        }
    }

    /// Ends an exchange whose content has been lost.
    mutating func finishWithoutContent() -> Action? {
        contentLength == 0 ? finish() : fail(incomplete())
    }

    /// Ends the exchange with an error.
    ///
    /// Bytes received before the error can still be read, unless they are discarded.
    mutating func fail(_ error: any Error, discardingContent: Bool = false) -> Action? {
        if discardingContent {
            buffered = Data()
        } else if !isUnderWay {
            return nil
        }
        if let waiter = headWaiter.take() {
            ending = .failure(error)
            return .resumeHead(waiter, .failure(error))
        }
        let isItself = error is FSCacheError || (error as? URLError)?.code == .cancelled
        let failure = isItself ? error : incomplete(error)
        ending = .failure(failure)
        return reader.take().map { .resumeReader($0, .failure(failure)) }
    }

    mutating func read(_ reader: Reader) -> Action? {
        if !buffered.isEmpty {
            defer { buffered = Data() }
            return .resumeReader(reader, .success(buffered))
        }
        switch ending {
        case .success: return .resumeReader(reader, .success(nil))
        case .failure(let error): return .resumeReader(reader, .failure(error))
        case nil: break
        }
        guard self.reader == nil else {
            return .resumeReader(reader, .failure(FSCacheError.bodyIsBeingRead))
        }
        self.reader = reader
        return nil
    }

    private func incomplete(_ error: (any Error)? = nil) -> FSCacheError {
        .incompleteResponse(receivedCount: receivedCount, of: contentLength, underlyingError: error)
    }

    private mutating func deliverHead() -> Action? {
        guard case .held(let response) = head, let waiter = headWaiter.take() else { return nil }
        head = .delivered
        return .resumeHead(waiter, .success(response))
    }
}
