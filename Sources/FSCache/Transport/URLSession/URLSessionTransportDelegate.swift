import Foundation
import Synchronization

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Passes the events of each task to its exchange.
final class URLSessionTransportDelegate: NSObject, URLSessionDataDelegate {
    /// The session whose delegate answers authentication challenges.
    let wrapped: URLSession?
    let credentials: URLCredentialStorage?
    private let exchanges = Mutex<[Int: URLSessionExchange]>([:])

    init(credentials: URLCredentialStorage?, wrapped: URLSession?) {
        self.credentials = credentials
        self.wrapped = wrapped
    }

    /// Adds an exchange before its task starts.
    func add(_ exchange: URLSessionExchange) {
        exchanges.withLock { $0[exchange.identifier] = exchange }
    }

    /// The exchange of a task; `nil` once it has ended.
    func exchange(of task: URLSessionTask) -> URLSessionExchange? {
        exchanges.withLock { $0[task.taskIdentifier] }
    }

    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }

    func urlSession(
        _ session: URLSession,
        dataTask: URLSessionDataTask,
        didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        #if canImport(FoundationNetworking)
        // On Linux, the challenge follows its response; elsewhere, it replaces it.
        let isProvisional = (response as? HTTPURLResponse)?.statusCode == 401
        #else
        let isProvisional = false
        #endif
        exchange(of: dataTask)?.receive(response, isProvisional: isProvisional)
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        exchange(of: dataTask)?.receive(data)
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        exchanges.withLock { $0.removeValue(forKey: task.taskIdentifier) }?.finish(error)
    }

    func urlSession(_ session: URLSession, didBecomeInvalidWithError error: (any Error)?) {
        let remaining = exchanges.withLock { exchanges in
            defer { exchanges = [:] }
            return exchanges.values
        }
        for exchange in remaining { exchange.finish(error ?? URLError(.cancelled)) }
    }
}

#if canImport(FoundationNetworking)
/// Authentication challenges go to the delegate of the wrapped session, or else to the credential storage.
///
/// On Linux, `URLSession` finds no credential in its storage, waits forever without one, and does not return the 401
/// response when the challenge is rejected. This extension does all of that as `URLSession` does on Apple's platforms.
extension URLSessionTransportDelegate {
    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        didReceive challenge: URLAuthenticationChallenge,
        completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
    ) {
        guard let wrapped, let delegate = wrapped.delegate as? any URLSessionTaskDelegate else {
            return answer(challenge, of: task, .performDefaultHandling, nil, completionHandler)
        }
        wrapped.delegateQueue.addOperation {
            delegate.urlSession(wrapped, task: task, didReceive: challenge) { disposition, credential in
                self.answer(challenge, of: task, disposition, credential, completionHandler)
            }
        }
    }

    private func answer(
        _ challenge: URLAuthenticationChallenge,
        of task: URLSessionTask,
        _ disposition: URLSession.AuthChallengeDisposition,
        _ proposed: URLCredential?,
        _ completionHandler: (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
    ) {
        let exchange = exchange(of: task)
        let credential: URLCredential?
        switch disposition {
        case .useCredential: credential = proposed
        case .performDefaultHandling: credential = storedCredential(for: challenge)
        case .rejectProtectionSpace: credential = nil
        case .cancelAuthenticationChallenge: return completionHandler(.cancelAuthenticationChallenge, nil)
        }
        if let credential {
            exchange?.startOver()
            completionHandler(.useCredential, credential)
        } else {
            // The 401 response is complete when the challenge arrives.
            exchange?.finish()
            completionHandler(.cancelAuthenticationChallenge, nil)
        }
    }

    /// The credential for a challenge, unless it has failed before.
    ///
    /// On Linux the storage finds nothing, because it compares protection spaces by identity.
    private func storedCredential(for challenge: URLAuthenticationChallenge) -> URLCredential? {
        guard challenge.previousFailureCount == 0, let credentials else { return nil }
        let asked = challenge.protectionSpace
        let matching = credentials.allCredentials.keys.filter { space in
            space.host.lowercased() == asked.host.lowercased() && space.port == asked.port
                && space.scheme == asked.scheme && space.realm == asked.realm
                && space.authenticationMethod == asked.authenticationMethod
        }
        return matching.lazy.compactMap { credentials.defaultCredential(for: $0) }.first
    }
}

extension URLProtectionSpace {
    /// The URL scheme of the protocol, which may be given as a constant of this class.
    fileprivate var scheme: String? {
        switch self.protocol {
        case NSURLProtectionSpaceHTTP: "http"
        case NSURLProtectionSpaceHTTPS: "https"
        default: self.protocol?.lowercased()
        }
    }
}
#else

/// Authentication challenges go to the delegate of the wrapped session, if it implements them.
extension URLSessionTransportDelegate {
    func urlSession(
        _ session: URLSession,
        didReceive challenge: URLAuthenticationChallenge,
        completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
    ) {
        guard let wrapped, let delegate = wrapped.delegate else {
            return completionHandler(.performDefaultHandling, nil)
        }
        wrapped.delegateQueue.addOperation {
            let asked: Void? = delegate.urlSession?(
                wrapped,
                didReceive: challenge,
                completionHandler: completionHandler
            )
            if asked == nil { completionHandler(.performDefaultHandling, nil) }
        }
    }

    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        didReceive challenge: URLAuthenticationChallenge,
        completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
    ) {
        guard let wrapped, let delegate = wrapped.delegate as? any URLSessionTaskDelegate else {
            return completionHandler(.performDefaultHandling, nil)
        }
        wrapped.delegateQueue.addOperation {
            let asked: Void? = delegate.urlSession?(
                wrapped,
                task: task,
                didReceive: challenge,
                completionHandler: completionHandler
            )
            if asked == nil { completionHandler(.performDefaultHandling, nil) }
        }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didFinishCollecting metrics: URLSessionTaskMetrics) {
        guard let wrapped, let delegate = wrapped.delegate as? any URLSessionTaskDelegate else { return }
        wrapped.delegateQueue.addOperation {
            delegate.urlSession?(wrapped, task: task, didFinishCollecting: metrics)
        }
    }
}
#endif
