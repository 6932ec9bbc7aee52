package import Foundation
internal import Synchronization

/// An HTTP/1.1 origin server on a free port of the loopback interface, with a thread for each connection.
///
/// A handler answers, correctly or not, and the origin records every request. Handlers may block, because each
/// connection has a thread. Use ``withOrigin(_:_:)``, which stops the origin.
package final class Origin: Sendable {
    /// Answers a request.
    ///
    /// A thrown error becomes a 500 with the error's text.
    package typealias Handler = @Sendable (Request) throws -> Response

    /// Decides about a request with `Expect: 100-continue` before its content has arrived.
    package typealias ExpectationHandler = @Sendable (Request) -> ExpectationAnswer

    /// The answer to `Expect: 100-continue`.
    package enum ExpectationAnswer: Sendable {
        /// Sends 100 and reads the content.
        case meet
        /// Sends nothing and reads the content.
        case ignore
        /// Sends the final response.
        case refuse
    }

    private struct State {
        var requests: [Request] = []
        var counts: [String: Int] = [:]
        var connections: Set<Int32> = []
        var connectionCount = 0
        var isStopped = false
    }

    /// The port that the origin listens on.
    package let port: Int
    /// Opens when the first connection is made.
    package let connected = Gate()
    /// Opens when the origin stops, which also ends waiting for other gates.
    let stopping = Gate()
    private let handler: Handler
    private let expect: ExpectationHandler
    private let state = Mutex(State())

    /// Starts listening.
    ///
    /// - Parameters:
    ///   - handler: Answers the requests, by default with the pages of ``site``.
    ///   - expect: Decides about expectations.
    /// - Throws: When there is no free port.
    package init(_ handler: @escaping Handler = Origin.site, expect: @escaping ExpectationHandler = { _ in .meet })
        throws
    {
        let listener = try Socket.listening()
        self.port = try listener.localPort()
        self.handler = handler
        self.expect = expect
        Thread.detachNewThread {
            defer { listener.close() }
            while let connection = listener.accept() {
                guard self.admit(connection) else { return connection.close() }
            }
        }
    }

    /// Stops listening and ends all connections.
    package func stop() {
        let wasRunning = state.withLock { state in
            defer { state.isStopped = true }
            // Under this lock a connection leaves the set before its descriptor is closed and may be reused.
            for connection in state.connections { Socket(descriptor: connection).shutDown() }
            return !state.isStopped
        }
        guard wasRunning else { return }
        stopping.open()
        // Wakes the listening thread, which then ends.
        Socket.connected(to: port)?.close()
    }

    /// The URL of a page.
    ///
    /// - Parameters:
    ///   - target: Path and query, as they go over the wire.
    ///   - host: `127.0.0.1`, or `localhost` to be another host on the same port.
    /// - Returns: An absolute URL.
    package func url(_ target: String = "/", host: String = "127.0.0.1") -> URL {
        guard let url = URL(string: "http://\(host):\(port)\(target)") else {
            preconditionFailure("\(target.debugDescription) is no request target")
        }
        return url
    }

    /// All requests so far, in order.
    package var requests: [Request] {
        state.withLock { $0.requests }
    }

    /// The number of connections so far.
    package var connectionCount: Int {
        state.withLock { $0.connectionCount }
    }

    /// Counts the requests for a path.
    ///
    /// - Parameter path: The path without its query.
    /// - Returns: The number of requests so far.
    package func count(_ path: String) -> Int {
        state.withLock { $0.counts[path, default: 0] }
    }

    /// The newest request for a path.
    ///
    /// - Parameter path: The path without its query.
    /// - Returns: The request, or `nil`.
    package func lastRequest(_ path: String) -> Request? {
        state.withLock { $0.requests.last { $0.path == path } }
    }

    private func admit(_ socket: Socket) -> Bool {
        let isWelcome = state.withLock { state in
            guard !state.isStopped else { return false }
            state.connections.insert(socket.descriptor)
            state.connectionCount += 1
            return true
        }
        guard isWelcome else { return false }
        connected.open()
        Thread.detachNewThread {
            var connection = Connection(socket, self.expect)
            while let request = try? connection.readRequest(),
                connection.write(self.answer(to: request), to: request, stopping: self.stopping)
            {}
            self.dismiss(socket)
        }
        return true
    }

    private func dismiss(_ socket: Socket) {
        _ = state.withLock { $0.connections.remove(socket.descriptor) }
        socket.close()
    }

    private func answer(to request: Request) -> Response {
        var request = request
        state.withLock { state in
            state.counts[request.path, default: 0] += 1
            request.ordinal = state.counts[request.path, default: 0]
            state.requests.append(request)
        }
        do {
            return try handler(request)
        } catch {
            return Response(status: 500, body: "\(error)")
        }
    }
}

/// Runs an origin while the closure runs.
///
/// - Parameters:
///   - handler: Answers the requests, by default with the pages of ``Origin/site``.
///   - expect: Decides about expectations.
///   - body: Uses the origin.
/// - Returns: The result of the closure.
/// - Throws: The error of the closure.
package func withOrigin<Result>(
    _ handler: @escaping Origin.Handler = Origin.site,
    expect: @escaping Origin.ExpectationHandler = { _ in .meet },
    _ body: (Origin) async throws -> Result
) async throws -> Result {
    let origin = try Origin(handler, expect: expect)
    defer { origin.stop() }
    return try await body(origin)
}
