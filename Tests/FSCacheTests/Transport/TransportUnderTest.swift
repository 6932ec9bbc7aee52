import FSCache
import Foundation
import HTTPTypes
import TestSupport
import Testing

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif
#if AsyncHTTPClient
import AsyncHTTPClient
import FSCacheAsyncHTTPClient
import NIOCore
#endif

/// A transport that the transport suites test.
///
/// To test another transport, add it to ``all``.
struct TransportUnderTest: Sendable, CustomTestStringConvertible {
    /// A limitation or a difference of a transport.
    ///
    /// A test then expects the difference, or is cancelled with the reason.
    enum Limit: Sendable {
        /// It leaves the content coded, and the head says so.
        case leavesContentCoding
        /// Bytes received just before a failure may be lost.
        case losesContentBeforeFailure
        /// A request that fails on a reused connection is sent again.
        case sendsAgain
        /// Bytes after the end of a response may become the response to the next request.
        case takesExcessForResponse
        /// Field values that are not UTF-8 are neither sent nor received.
        case losesLatin1
        /// Fields are sorted by name, and fields with the same name are joined.
        case sortsFields
        /// Well-known names of response fields change their spelling.
        case respellsNames
        /// Bytes that arrive faster than they are read are kept in memory.
        case buffersWithoutBound
        /// Request content is collected before it is sent.
        case collectsRequestContent
        /// A request with GET or HEAD can have no content.
        case sendsNoContentWithGet
        /// Trailer fields, and connections that close within a head, end the process.
        case trapsOnBrokenResponses
        /// A cancelled request throws `URLError.cancelled`.
        case throwsURLErrorWhenCancelled
        /// It does not report interim responses.
        case tellsOfNoInterimResponses
        /// It can't be given a certificate authority.
        case trustsSystemOnly
    }

    static let all = urlSessions + asyncHTTPClients

    private static let urlSessions = [
        TransportUnderTest("URLSession", urlSessionLimits) { URLSessionTransport(configuration: patient()) },
        TransportUnderTest("wrapped URLSession", urlSessionLimits) {
            URLSessionTransport(URLSession(configuration: patient()))
        },
    ]

    #if canImport(FoundationNetworking)
    private static let urlSessionLimits: Set<Limit> = [
        .losesLatin1, .sortsFields, .respellsNames, .buffersWithoutBound, .collectsRequestContent, .sendsAgain,
        .takesExcessForResponse, .sendsNoContentWithGet, .trapsOnBrokenResponses, .trustsSystemOnly,
        .tellsOfNoInterimResponses, .throwsURLErrorWhenCancelled,
    ]
    #else
    private static let urlSessionLimits: Set<Limit> = [
        .sortsFields, .respellsNames, .buffersWithoutBound, .collectsRequestContent, .sendsNoContentWithGet,
        .trustsSystemOnly, .tellsOfNoInterimResponses, .throwsURLErrorWhenCancelled,
    ]
    #endif

    #if AsyncHTTPClient
    private static let asyncHTTPClients = [
        TransportUnderTest("AsyncHTTPClient", asyncHTTPClientLimits.union([.leavesContentCoding])) {
            AsyncHTTPClientTransport(configuration: patient(HTTPClient.Configuration()))
        },
        TransportUnderTest("AsyncHTTPClient with decompression", asyncHTTPClientLimits) {
            AsyncHTTPClientTransport(configuration: patient(.singletonConfiguration))
        },
    ]

    private static let asyncHTTPClientLimits: Set<Limit> = [.losesContentBeforeFailure]

    private static func patient(_ configuration: HTTPClient.Configuration) -> HTTPClient.Configuration {
        var configuration = configuration
        configuration.timeout = HTTPClient.Configuration.Timeout(connect: .hours(1))
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }
    #else
    private static let asyncHTTPClients: [TransportUnderTest] = []
    #endif

    /// A configuration with timeouts so long that a connection that stays open by mistake fails the test.
    private static func patient() -> URLSessionConfiguration {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = 3600
        return configuration
    }

    let testDescription: String
    let limits: Set<Limit>
    let make: @Sendable () -> any HTTPTransport

    init(_ name: String, _ limits: Set<Limit>, _ make: @escaping @Sendable () -> any HTTPTransport) {
        self.testDescription = name
        self.limits = limits
        self.make = make
    }

    /// Expects a cancelled task to throw what this transport throws then.
    func expectCancellation(of task: Task<Void, any Error>) async {
        let result = await task.result
        let error = #expect(throws: (any Error).self) { try result.get() }
        if limits.contains(.throwsURLErrorWhenCancelled) {
            #expect((error as? URLError)?.code == .cancelled)
        } else {
            #expect(error is CancellationError)
        }
    }
}

extension HTTPTransport {
    /// Sends a request to an origin.
    func send(
        _ method: HTTPRequest.Method,
        _ target: String,
        of origin: Origin,
        _ fields: HTTPFields = [:],
        body: MessageBody? = nil
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
/// - Returns: The bytes before, and the failure.
func readToFailure(_ body: MessageBody) async -> (bytes: Data, failure: (any Error)?) {
    var bytes = Data()
    do {
        for try await chunk in body { bytes += chunk }
        return (bytes, nil)
    } catch {
        return (bytes, error)
    }
}
