import Foundation
import HTTPTypes

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Passes the requests of a `URLSession` to the cached session that its class belongs to.
///
/// See ``URLProtocolClasses``.
class CachedURLProtocol: URLProtocol {
    private var reporter: URLProtocolReporter?
    private var loading: Task<Void, Never>?

    override class func canInit(with request: URLRequest) -> Bool {
        ["http", "https"].contains(request.url?.scheme?.lowercased())
    }

    override class func canonicalRequest(for request: URLRequest) -> URLRequest {
        request
    }

    override class func requestIsCacheEquivalent(_ first: URLRequest, to second: URLRequest) -> Bool {
        first == second
    }

    override func startLoading() {
        // On Linux, it is also called when a suspended task goes on.
        if let reporter { return reporter.goOn() }
        do {
            let context = try URLProtocolContext(self)
            let reporter = URLProtocolReporter(self, in: context)
            self.reporter = reporter
            let outgoing = try URLProtocolRequest(request, in: context)
            guard let session = URLProtocolClasses.shared.session(of: type(of: self)) else {
                throw FSCacheError(.closed, "The cached session of this URLSession has been closed.")
            }
            let url = request.url
            loading = Task {
                do {
                    let body = try await outgoing.body?.messageBody()
                    let response = try await session.stream(outgoing.request, body: body)
                    try await reporter.report(response, for: url)
                } catch {
                    await reporter.fail(error, for: url)
                }
            }
        } catch {
            client?.urlProtocol(self, didFailWithError: URLError(reporting: error, for: request.url))
        }
    }

    override func stopLoading() {
        #if canImport(FoundationNetworking)
        if task?.state == .suspended {
            reporter?.pause()
            return
        }
        #endif
        reporter?.stop()
        // On Linux, all sessions share a queue, on which this call is made, and which cancelling a task waits for.
        Task { [loading] in loading?.cancel() }
    }
}
