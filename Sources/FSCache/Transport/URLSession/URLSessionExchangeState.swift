import Foundation
import HTTPTypes

/// How far an exchange has come.
///
/// A transition says whom to resume; the caller does so outside of its lock. Each waiter leaves the state when it is
/// handed out, so that it is resumed once.
struct URLSessionExchangeState {
    typealias HeadWaiter = CheckedContinuation<HTTPResponse, any Error>
    typealias Reader = CheckedContinuation<Data?, any Error>

    enum Action {
        case resumeHead(HeadWaiter, Result<HTTPResponse, any Error>)
        case resumeReader(Reader, Result<Data?, any Error>)
    }

    private enum Head {
        case awaited
        /// A challenge may come, and then another response.
        case held(HTTPResponse)
        case delivered
    }

    private var head = Head.awaited
    private var headWaiter: HeadWaiter?
    private var reader: Reader?
    /// What has come and has not been read.
    private var buffered = Data()
    private var receivedCount = 0
    private var contentLength: Int?
    private var ending: Result<Void, any Error>?

    /// Whether more may come.
    var isUnderWay: Bool { ending == nil }

    /// Whether there is no response yet, not even one that may be replaced.
    var isHeadMissing: Bool {
        if case .awaited = head { isUnderWay } else { false }
    }

    mutating func awaitHead(_ waiter: HeadWaiter) -> Action? {
        // Nothing but a failure can come before the request is sent: the task was cancelled.
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

    /// Forgets a provisional response.
    mutating func startOver() {
        guard case .held = head else { return }
        head = .awaited
        buffered = Data()
        receivedCount = 0
    }

    /// Ends the content, if it is as long as it was said to be.
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

    /// Ends an exchange whose content, if there was any, has been lost.
    mutating func finishWithoutContent() -> Action? {
        contentLength == 0 ? finish() : fail(incomplete())
    }

    /// Ends the exchange with an error.
    ///
    /// What has come before the error can still be read, unless it is discarded.
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
            let error = FSCacheError(.unsupportedRequest, "Another task is reading this body. It can be read once.")
            return .resumeReader(reader, .failure(error))
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
