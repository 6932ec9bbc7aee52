import Foundation
import HTTPTypes

/// One connection of an origin, which reads requests and writes responses.
struct Connection {
    private struct Malformed: Error {}

    private let socket: Socket
    private let expect: Origin.ExpectationHandler
    private var buffer: [UInt8] = []
    /// Whether content was rejected, which the client may still send.
    private var isLast = false

    init(_ socket: Socket, _ expect: @escaping Origin.ExpectationHandler) {
        self.socket = socket
        self.expect = expect
    }

    /// Reads the next request; `nil` after the client has closed the connection.
    mutating func readRequest() throws -> Origin.Request? {
        guard let requestLine = try readLine(), !requestLine.isEmpty else { return nil }
        let parts = requestLine.split(separator: " ")
        guard parts.count == 3 else { throw Malformed() }
        var request = Origin.Request(
            method: String(parts[0]),
            target: String(parts[1]),
            fields: try readFields(),
            body: Data()
        )
        if request.fields["Expect"]?.lowercased() == "100-continue" {
            switch expect(request) {
            case .meet: socket.send(Data("HTTP/1.1 100 Continue\r\n\r\n".utf8))
            case .ignore: break
            case .refuse:
                isLast = true
                return request
            }
        }
        if request.fields["Transfer-Encoding"]?.lowercased() == "chunked" {
            while true {
                guard let line = try readLine(), let count = Int(line.prefix { $0 != ";" }, radix: 16) else {
                    throw Malformed()
                }
                if count == 0 { break }
                request.body += try readBytes(count)
                _ = try readLine()
            }
            _ = try readFields()
        } else if let count = request.fields["Content-Length"].flatMap({ Int($0) }) {
            request.body = try readBytes(count)
        }
        return request
    }

    private mutating func readFields() throws -> Origin.Fields {
        var fields: Origin.Fields = [:]
        while let line = try readLine(), !line.isEmpty {
            guard let colon = line.firstIndex(of: ":") else { throw Malformed() }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            fields.add(String(line[..<colon]), value)
        }
        return fields
    }

    private mutating func readLine() throws -> String? {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = buffer[..<end].filter { $0 != UInt8(ascii: "\r") }
                buffer.removeSubrange(...end)
                return String(String.UnicodeScalarView(line.map { Unicode.Scalar($0) }))
            }
            guard fill() else { return nil }
        }
    }

    private mutating func readBytes(_ count: Int) throws -> Data {
        while buffer.count < count {
            guard fill() else { throw Malformed() }
        }
        defer { buffer.removeSubrange(..<count) }
        return Data(buffer[..<count])
    }

    private mutating func fill() -> Bool {
        guard let received = socket.receive() else { return false }
        buffer += received
        return true
    }

    /// Sends a response.
    ///
    /// - Returns: Whether the connection can be used for another request.
    func write(_ response: Origin.Response, to request: Origin.Request, stopping: Gate) -> Bool {
        for step in response.prelude {
            guard perform(step, framing: .none, stopping: stopping) else { return false }
        }
        guard socket.send(head(of: response)) else { return false }
        if request.method != "HEAD" {
            for step in response.content {
                guard perform(step, framing: response.framing, stopping: stopping) else { return false }
            }
            if case .chunked = response.framing {
                guard socket.send(Data("0\r\n\r\n".utf8)) else { return false }
            }
        }
        if case .close = response.framing { return false }
        if isLast { return false }
        return request.fields["Connection"]?.lowercased() != "close"
    }

    private func head(of response: Origin.Response) -> Data {
        var fields = response.fields
        switch response.framing {
        case .length: fields["Content-Length"] = "\(response.byteCount)"
        case .declaredLength(let count): fields["Content-Length"] = "\(count)"
        case .chunked: fields["Transfer-Encoding"] = "chunked"
        case .close: fields["Connection"] = "close"
        case .none: break
        }
        let reason = HTTPResponse.Status(code: response.status).reasonPhrase
        let lines = fields.lines.map { "\($0.name): \($0.value)\r\n" }.joined()
        let text = "HTTP/1.1 \(response.status) \(reason)\r\n\(lines)\r\n"
        return Data(text.unicodeScalars.flatMap { $0.value < 256 ? [UInt8($0.value)] : Array(String($0).utf8) })
    }

    private func perform(_ step: Origin.Response.Step, framing: Origin.Response.Framing, stopping: Gate) -> Bool {
        switch step {
        case .send(let bytes):
            if bytes.isEmpty { return true }
            switch framing {
            case .chunked:
                return socket.send(Data("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Data("\r\n".utf8))
            case .none:
                return true
            case .length, .declaredLength, .close:
                return socket.send(bytes)
            }
        case .sendRaw(let bytes):
            return socket.send(bytes)
        case .pour(let bytes, let times, let pouring):
            return pouring.pour(bytes, times: times, into: socket)
        case .wait(let gate):
            gate.wait(or: stopping)
            return !stopping.isOpen
        case .open(let gate):
            gate.open()
            return true
        case .waitForClientToClose(let gate):
            while socket.receive() != nil {}
            if !stopping.isOpen { gate.open() }
            return true
        case .close:
            return false
        case .reset:
            socket.resetOnClose()
            return false
        }
    }
}
