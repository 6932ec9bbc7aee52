#if Proxy
import FSCache
import FSCacheAsyncHTTPClient
import Foundation
import HTTPTypes
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// One connection of a client, and the requests that come on it.
struct ServerConnection {
    private typealias Output = NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>

    private struct WrongLength: Error {}

    private let channel: HTTPServer.Connection
    private let respond: HTTPServer.Responder
    private let log: AccessLog?

    init(_ channel: HTTPServer.Connection, respond: @escaping HTTPServer.Responder, log: AccessLog?) {
        self.channel = channel
        self.respond = respond
        self.log = log
    }

    /// Answers requests until one side closes.
    ///
    /// What is done for a client who has gone is cancelled.
    func serve() async {
        await withTaskGroup { tasks in
            tasks.addTask { try? await channel.channel.closeFuture.get() }
            // What breaks the connection is told by its end, and in the log.
            tasks.addTask { try? await serveRequests() }
            await tasks.next()
            tasks.cancelAll()
        }
    }

    private func serveRequests() async throws {
        try await channel.executeThenClose { input, output in
            let sendInterim = interimSender
            let parts = RequestParts(input) { try await output.write(.head(.continue)) }
            while let (head, content) = try await nextHead(parts, output) {
                let start = ContinuousClock.now
                let request = ServerRequest(
                    head,
                    body: content.map { HTTPBody($0, byteCount: head.contentLength) },
                    onInterimResponse: sendInterim
                )
                let response = await respond(request)
                if content != nil { await parts.answer() }
                var isComplete = false
                defer {
                    log?(AccessLogLine(request, response, isComplete: isComplete, elapsed: ContinuousClock.now - start))
                }
                let isLast = try await write(response, to: head, output)
                isComplete = true
                if isLast { return }
                if content != nil, try await !parts.skipBody() { return }
            }
        }
    }

    /// Waits for the next request, and answers what is none.
    private func nextHead(
        _ parts: RequestParts,
        _ output: Output
    ) async throws -> (head: HTTPRequestHead, body: RequestBody?)? {
        do {
            return try await parts.nextHead()
        } catch is HTTPParserError {
            var head = HTTPResponseHead(version: .http1_1, status: .badRequest)
            head.headers.add(name: "Content-Length", value: "0")
            head.headers.add(name: "Connection", value: "close")
            try await output.write(contentsOf: [.head(head), .end(nil)])
            return nil
        }
    }

    /// Writes interim responses, before whatever is written later.
    private var interimSender: InterimResponses.Receiver {
        let channel = channel.channel
        return { response in
            // They are no more than hints: who reads too slowly misses some, so that they don't pile up.
            guard channel.isWritable else { return }
            channel.writeAndFlush(HTTPServerResponsePart.head(HTTPResponseHead(response)), promise: nil)
        }
    }

    /// Writes a response.
    ///
    /// - Returns: Whether the connection has to be closed after it.
    private func write(
        _ response: ServerResponse,
        to request: HTTPRequestHead,
        _ output: Output
    ) async throws -> Bool {
        var head = HTTPResponseHead(response.head)
        // What follows on CONNECT would be no request.
        var isLast = !request.isKeepAlive || request.method == .CONNECT
        let hasBody = request.method != .HEAD && head.status.mayHaveResponseBody
        if hasBody {
            isLast = frame(&head, response.body.byteCount, for: request) || isLast
        }
        if isLast {
            head.headers.add(name: "Connection", value: "close")
        } else if request.isHTTP10 {
            head.headers.add(name: "Connection", value: "keep-alive")
        }

        guard hasBody else {
            try await output.write(contentsOf: [.head(head), .end(nil)])
            return isLast
        }
        // What is at hand goes out in one piece.
        if let bytes = response.body.bytes {
            try await output.write(contentsOf: [.head(head), .body(.byteBuffer(ByteBuffer(data: bytes))), .end(nil)])
            return isLast
        }
        try await write(head, response.body, output)
        return isLast
    }

    /// Writes a body as it comes.
    ///
    /// What is the last by its length waits until the source has ended: then it is stored as well, and a client that
    /// leaves once it has everything interrupts nothing.
    private func write(_ head: HTTPResponseHead, _ body: HTTPBody, _ output: Output) async throws {
        var missing = head.headers.first(name: "content-length").flatMap { Int($0) }
        var chunks = body.makeAsyncIterator()
        var parts = [HTTPServerResponsePart.head(head)]
        while let chunk = try await chunks.next() {
            parts.append(.body(.byteBuffer(ByteBuffer(data: chunk))))
            missing = missing.map { $0 - chunk.count }
            // The client would take what is too much for the next response.
            if let missing, missing < 0 { throw WrongLength() }
            guard missing != 0 else { continue }
            try await output.write(contentsOf: parts)
            parts.removeAll(keepingCapacity: true)
        }
        guard missing ?? 0 == 0 else { throw WrongLength() }
        try await output.write(contentsOf: parts + [.end(nil)])
    }

    /// Says how the end of the content is told (RFC 9112 §6).
    ///
    /// - Returns: Whether it is by the end of the connection.
    private func frame(_ head: inout HTTPResponseHead, _ byteCount: Int?, for request: HTTPRequestHead) -> Bool {
        if let byteCount {
            if head.headers.first(name: "content-length").flatMap({ Int($0) }) != byteCount {
                head.headers.replaceOrAdd(name: "Content-Length", value: "\(byteCount)")
            }
        } else if !head.headers.contains(name: "content-length") {
            guard !request.isHTTP10 else { return true }
            head.headers.add(name: "Transfer-Encoding", value: "chunked")
        }
        return false
    }
}

extension HTTPResponseHead {
    fileprivate static let `continue` = HTTPResponseHead(version: .http1_1, status: .continue)

    fileprivate init(_ head: HTTPResponse) {
        self.init(
            version: .http1_1,
            status: HTTPResponseStatus(statusCode: head.status.code, reasonPhrase: head.status.reasonPhrase),
            headers: HTTPHeaders(head.headerFields.map { ($0.name.rawName, $0.escapedValue) })
        )
    }
}

extension HTTPField {
    /// The value, with the bytes that are not UTF-8 escaped for a `HeadOctetsHandler`.
    fileprivate var escapedValue: String {
        let value = value
        guard !value.utf8.allSatisfy({ $0 < 0x80 }) else { return value }
        return EscapedOctets.escape(unsafe withUnsafeBytesOfValue { unsafe Array($0) })
    }
}
#endif
