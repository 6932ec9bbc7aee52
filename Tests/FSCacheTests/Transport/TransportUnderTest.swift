import FSCache
import Foundation
import HTTPTypes
import TestSupport
import Testing

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// A transport that the behavioural suite runs over.
///
/// A further one needs a line in ``all``.
struct TransportUnderTest: Sendable, CustomTestStringConvertible {
    static let all = [
        TransportUnderTest("URLSession") { URLSessionTransport(configuration: patient()) },
        TransportUnderTest("wrapped URLSession") { URLSessionTransport(URLSession(configuration: patient())) },
    ]

    /// A configuration whose timeouts end no test: a connection that is left open must be seen.
    private static func patient() -> URLSessionConfiguration {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = 3600
        return configuration
    }

    let testDescription: String
    let make: @Sendable () -> any HTTPTransport

    init(_ name: String, _ make: @escaping @Sendable () -> any HTTPTransport) {
        self.testDescription = name
        self.make = make
    }
}

extension HTTPTransport {
    /// Sends a request to an origin.
    func send(
        _ method: HTTPRequest.Method,
        _ target: String,
        of origin: Origin,
        _ fields: HTTPFields = [:],
        body: HTTPBody? = nil
    ) async throws -> TransportResponse {
        let request = HTTPRequest(
            method: method,
            scheme: "http",
            authority: "127.0.0.1:\(origin.port)",
            path: target,
            headerFields: fields
        )
        return try await send(request, body: body)
    }
}

extension TransportResponse {
    /// The content as text.
    func text() async throws -> String {
        String(decoding: try await body.collect(), as: UTF8.self)
    }
}

/// Reads until the body fails.
///
/// - Returns: What came before, and the failure.
func readToFailure(_ body: HTTPBody) async -> (bytes: Data, failure: (any Error)?) {
    var bytes = Data()
    do {
        for try await chunk in body { bytes += chunk }
        return (bytes, nil)
    } catch {
        return (bytes, error)
    }
}
