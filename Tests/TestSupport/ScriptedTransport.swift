package import FSCache
package import Foundation
package import HTTPTypes
internal import Synchronization

/// A transport without a network: it answers as a test says, and keeps what it was asked.
package final class ScriptedTransport: HTTPTransport {
    /// A request that came.
    package struct Exchange: Sendable {
        /// The head.
        package var request: HTTPRequest
        /// The content.
        package var body: Data
        /// Which request this is, counted from 1.
        package var ordinal: Int
    }

    /// More requests came than there are answers.
    package struct Exhausted: Error {
        /// The request that was one too many.
        package var request: HTTPRequest
    }

    private let log = Mutex<[Exchange]>([])
    private let respond: @Sendable (Exchange) async throws -> TransportResponse

    /// Makes a transport that answers as a closure says.
    ///
    /// - Parameter respond: Gives the answer, or throws as a broken connection would.
    package init(_ respond: @escaping @Sendable (Exchange) async throws -> TransportResponse) {
        self.respond = respond
    }

    /// Makes a transport with a canned answer for each request, in their order.
    ///
    /// A further request throws ``Exhausted``.
    ///
    /// - Parameter answers: The responses, and the failures.
    package convenience init(answers: [Result<TransportResponse, any Error>]) {
        self.init { exchange in
            guard exchange.ordinal <= answers.count else { throw Exhausted(request: exchange.request) }
            return try answers[exchange.ordinal - 1].get()
        }
    }

    /// Makes a transport with a canned response for each request, in their order.
    ///
    /// A further request throws ``Exhausted``.
    ///
    /// - Parameter answers: The responses.
    package convenience init(_ answers: TransportResponse...) {
        self.init(answers: answers.map { .success($0) })
    }

    /// The requests so far.
    package var exchanges: [Exchange] {
        log.withLock { $0 }
    }

    /// How many requests came.
    package var count: Int {
        log.withLock { $0.count }
    }

    package func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse {
        var exchange = Exchange(request: request, body: try await body?.collect() ?? Data(), ordinal: 0)
        log.withLock { log in
            exchange.ordinal = log.count + 1
            log.append(exchange)
        }
        return try await respond(exchange)
    }
}

extension TransportResponse {
    /// Makes a response with its content at hand.
    ///
    /// - Parameters:
    ///   - status: The status code, from 0 to 999.
    ///   - fields: The header fields.
    ///   - body: The content.
    package init(_ status: Int = 200, _ fields: HTTPFields = [:], body: Data) {
        self.init(head: HTTPResponse(status: .init(code: status), headerFields: fields), body: MessageBody(body))
    }

    /// Makes a response of text.
    package init(_ status: Int = 200, _ fields: HTTPFields = [:], body: String = "") {
        self.init(status, fields, body: Data(body.utf8))
    }
}
