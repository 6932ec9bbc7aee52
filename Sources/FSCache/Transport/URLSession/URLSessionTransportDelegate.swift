import Foundation
import Synchronization

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Tells each exchange what `URLSession` tells of its task.
final class URLSessionTransportDelegate: NSObject, URLSessionDataDelegate {
    /// The session whose delegate is asked about challenges.
    let wrapped: URLSession?
    /// Where credentials are looked up.
    let credentials: URLCredentialStorage?
    private let exchanges = Mutex<[Int: URLSessionExchange]>([:])

    init(credentials: URLCredentialStorage?, wrapped: URLSession?) {
        self.credentials = credentials
        self.wrapped = wrapped
    }

    /// Takes an exchange in, before its task begins.
    func add(_ exchange: URLSessionExchange) {
        exchanges.withLock { $0[exchange.identifier] = exchange }
    }

    /// The exchange of a task, unless it is over.
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
        // Here the challenge comes after the response that it answers to, elsewhere in its place.
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
        let left = exchanges.withLock { exchanges in
            defer { exchanges = [:] }
            return exchanges.values
        }
        for exchange in left { exchange.finish(error ?? URLError(.cancelled)) }
    }
}
