import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Reports the progress of a request to the `URLSession` that made it.
///
/// `URLSession` accepts reports only where it has started the request, and none after it has stopped it.
///
/// It is sendable although it has no lock: its variables are used only by the context, which runs one action at a time, and
/// by the calls of `URLSession`, which come from the same context.
final class URLProtocolReporter: @unchecked Sendable {
    private typealias Report = @Sendable (CachedURLProtocol, any URLProtocolClient) -> Void

    private let context: URLProtocolContext
    /// `nil` after the end.
    private var urlProtocol: CachedURLProtocol?
    private var isPaused = false
    private var held: (() -> Void)?

    init(_ urlProtocol: CachedURLProtocol, in context: URLProtocolContext) {
        self.urlProtocol = urlProtocol
        self.context = context
    }

    /// Reports a response and its content, as it arrives.
    func report(_ response: StreamedResponse, for url: URL?) async throws {
        let head = try HTTPURLResponse.make(response.head, for: url)
        try await report { $1.urlProtocol($0, didReceive: head, cacheStoragePolicy: .notAllowed) }
        if context.acceptsParts {
            for try await part in response.body where !part.isEmpty {
                try await report { $1.urlProtocol($0, didLoad: part) }
            }
        } else {
            let content = try await response.body.collect()
            if !content.isEmpty { try await report { $1.urlProtocol($0, didLoad: content) } }
        }
        try await report(isLast: true) { $1.urlProtocolDidFinishLoading($0) }
    }

    /// Reports that the request has failed.
    func fail(_ error: any Error, for url: URL?) async {
        let error = URLError(reporting: error, for: url)
        try? await report(isLast: true) { $1.urlProtocol($0, didFailWithError: error) }
    }

    /// Holds reports back until ``goOn()``.
    func pause() {
        isPaused = true
    }

    /// Continues after ``pause()``.
    func goOn() {
        isPaused = false
        held.take()?()
    }

    /// Reports nothing more.
    func stop() {
        urlProtocol = nil
        goOn()
    }

    /// Runs a report in the context and waits for it.
    ///
    /// - Throws: `CancellationError` if `URLSession` has stopped the request.
    private func report(isLast: Bool = false, _ report: @escaping Report) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            context.run {
                // The caller waits for each report, so only one is held.
                if self.isPaused {
                    self.held = { self.perform(report, isLast, continuation) }
                } else {
                    self.perform(report, isLast, continuation)
                }
            }
        }
    }

    private func perform(_ report: Report, _ isLast: Bool, _ continuation: CheckedContinuation<Void, any Error>) {
        guard let urlProtocol, let client = urlProtocol.client else {
            return continuation.resume(throwing: CancellationError())
        }
        if isLast { self.urlProtocol = nil }
        report(urlProtocol, client)
        continuation.resume()
    }
}
