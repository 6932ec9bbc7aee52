package import Foundation

/// A client that sends any bytes, valid or not, and returns the response unchanged.
///
/// Calls block a new thread instead of the task.
package actor RawClient {
    /// Why no response could be read.
    package enum Failure: Error {
        /// The port accepts no connections.
        case refused
        /// The connection ended within a response.
        case cutOff
    }

    private let socket: Socket
    private var buffer: [UInt8] = []

    /// Connects to a port of the loopback interface.
    package init(port: Int) throws {
        guard let socket = Socket.connected(to: port) else { throw Failure.refused }
        self.socket = socket
    }

    deinit { socket.close() }

    /// Sends a text with one byte for each character, and with CRLF at the ends of lines.
    package func send(_ text: String) async {
        await send(Data(text.unicodeScalars.flatMap { $0 == "\n" ? [13, 10] : [UInt8(truncatingIfNeeded: $0.value)] }))
    }

    /// Sends bytes.
    package func send(_ bytes: Data) async {
        let socket = socket
        await Self.block { _ = socket.send(bytes) }
    }

    /// Sends a request and reads the response to it.
    package func exchange(_ text: String) async throws -> Response {
        await send(text)
        return try await response(to: String(text.prefix { $0 != " " }))
    }

    /// Reads the next response.
    ///
    /// - Parameter method: The method of its request, which affects the framing.
    /// - Returns: The response.
    /// - Throws: ``Failure/cutOff``, also when the connection ends before it begins.
    package func response(to method: String = "GET") async throws -> Response {
        var response = try await head()
        if method == "HEAD" || response.status < 200 || [204, 304].contains(response.status) { return response }
        if response.fields["Transfer-Encoding"] == "chunked" {
            while let count = Int(try await line().prefix { $0 != ";" }, radix: 16), count > 0 {
                response.body += try await bytes(count)
                _ = try await line()
            }
            _ = try await line()
        } else if let count = response.fields["Content-Length"].flatMap({ Int($0) }) {
            response.body = try await bytes(count)
        } else {
            while await fill() {}
            response.body = Data(buffer)
            buffer = []
        }
        return response
    }

    /// Reads the head of the next response.
    package func head() async throws -> Response {
        let status = try await line()
        var fields: Origin.Fields = [:]
        while case let line = try await line(), !line.isEmpty {
            let name = String(line.prefix { $0 != ":" })
            fields.add(name, line.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces))
        }
        return Response(statusLine: status, fields: fields)
    }

    /// Reads a number of bytes.
    package func bytes(_ count: Int) async throws -> Data {
        while buffer.count < count {
            guard await fill() else { throw Failure.cutOff }
        }
        defer { buffer.removeFirst(count) }
        return Data(buffer[..<count])
    }

    /// Whether the other side closed the connection and sent nothing more.
    package func isAtEnd() async -> Bool {
        guard buffer.isEmpty else { return false }
        return await !fill()
    }

    /// Reads a line without its end.
    package func line() async throws -> String {
        while true {
            if let end = buffer.firstIndex(of: 10) {
                let line = buffer[..<end].filter { $0 != 13 }
                buffer.removeSubrange(...end)
                return String(String.UnicodeScalarView(line.map { Unicode.Scalar($0) }))
            }
            guard await fill() else { throw Failure.cutOff }
        }
    }

    private func fill() async -> Bool {
        let socket = socket
        guard let received = await Self.block({ socket.receive() }) else { return false }
        buffer += received
        return true
    }

    private static func block<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: work()) }
        }
    }

    /// A response as it came over the wire.
    package struct Response: Sendable {
        /// The first line.
        package var statusLine: String
        /// The header fields.
        package var fields: Origin.Fields
        /// The content without transfer coding.
        package var body = Data()

        /// The status code.
        package var status: Int { Int(statusLine.split(separator: " ").dropFirst().first ?? "") ?? 0 }
        /// The content as text.
        package var text: String { String(decoding: body, as: UTF8.self) }
    }
}
