package import FSCache
package import Foundation
package import HTTPTypes
internal import Synchronization

/// A transport without a network that answers from a script and records the requests.
package final class ScriptedTransport: HTTPTransport {
    /// A recorded request.
    package struct Exchange: Sendable {
        /// The head.
        package var request: HTTPRequest
        /// The content.
        package var body: Data
        /// The number of this request, from 1.
        package var ordinal: Int
    }

    /// Thrown when there are more requests than answers.
    package struct Exhausted: Error {
        /// The request without an answer.
        package var request: HTTPRequest
    }

    private struct Log {
        var exchanges: [Exchange] = []
        /// Each opens at a number of requests.
        var gates: [(count: Int, gate: Gate)] = []

        func openGates() {
            for (count, gate) in gates where count <= exchanges.count { gate.open() }
        }
    }

    private let log = Mutex(Log())
    private let respond: @Sendable (Exchange) async throws -> TransportResponse

    /// Makes a transport whose answers come from a closure.
    ///
    /// - Parameter respond: Returns the answer, or throws like a broken connection.
    package init(_ respond: @escaping @Sendable (Exchange) async throws -> TransportResponse) {
        self.respond = respond
    }

    /// Makes a transport with an answer for each request in order.
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

    /// Makes a transport with a response for each request in order.
    ///
    /// A further request throws ``Exhausted``.
    ///
    /// - Parameter answers: The responses.
    package convenience init(_ answers: TransportResponse...) {
        self.init(answers: answers.map { .success($0) })
    }

    /// The requests so far.
    package var exchanges: [Exchange] {
        log.withLock { $0.exchanges }
    }

    /// The number of requests so far.
    package var count: Int {
        log.withLock { $0.exchanges.count }
    }

    /// Suspends the task until there have been a number of requests.
    package func received(_ count: Int) async {
        let gate = Gate()
        log.withLock { log in
            log.gates.append((count, gate))
            log.openGates()
        }
        await gate.opened()
    }

    package func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse {
        var exchange = Exchange(request: request, body: try await body?.collect() ?? Data(), ordinal: 0)
        log.withLock { log in
            exchange.ordinal = log.exchanges.count + 1
            log.exchanges.append(exchange)
            log.openGates()
        }
        return try await respond(exchange)
    }
}

extension TransportResponse {
    /// Makes a response with content in memory.
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
