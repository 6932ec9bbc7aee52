import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking

/// Authentication challenges go to the delegate of the wrapped session, and otherwise to the credential storage.
///
/// Here on Linux, `URLSession` finds no credential in its storage, waits for ever when there is none, and does not give
/// the 401 response when the challenge is rejected. What it does elsewhere is done here in its place.
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
            // The whole of the 401 response is there when the challenge comes: it is the answer.
            exchange?.finish()
            completionHandler(.cancelAuthenticationChallenge, nil)
        }
    }

    /// The credential for a challenge, unless it has failed before.
    ///
    /// `URLProtectionSpace` is compared by identity here, which is why the storage finds nothing.
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
    /// The protocol, which is spelled as a constant of this class or as the scheme of a URL.
    fileprivate var scheme: String? {
        switch self.protocol {
        case NSURLProtectionSpaceHTTP: "http"
        case NSURLProtectionSpaceHTTPS: "https"
        default: self.protocol?.lowercased()
        }
    }
}
#else

/// Authentication challenges go to the delegate of the wrapped session, if it wants them.
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
