#if Proxy
import FSCache
import Foundation
import HTTPTypes
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// A connection of a client, whose requests are answered one after the other.
///
/// It runs on the event loop of its channel, and so does the session until it has to wait. A stored response is
/// therefore read and sent without changing threads.
actor ServerConnection {
    private struct WrongLength: Error {}

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    private nonisolated let executor: EventLoopExecutor
    let channel: any Channel

    /// Where bytes are written, once the pipeline is set up.
    private var output: NIOLoopBound<ChannelHandlerContext>?

    /// The received parts that have not been read yet.
    var parts = CircularBuffer<HTTPServerRequestPart>()
    /// The status of the response after these parts, if the rest can't be parsed or didn't arrive in time.
    var refusal: HTTPResponse.Status?
    /// Whether reading from the network is paused until parts have been read.
    private var holdsReading = false
    var isOpen = true
    /// Whether the server is stopping, so that only requests already received are answered.
    private var isStopping = false
    /// The continuation that waits for the next part.
    var reader: CheckedContinuation<Void, Never>?
    /// The continuation that waits until the client has read enough of the written bytes.
    private var writer: CheckedContinuation<Void, Never>?

    let limits: ClientLimits
    /// What the client has to do next.
    var task: ClientTask?
    /// When it must be done.
    var deadline = NIODeadline.distantFuture
    /// The only timer of the connection.
    ///
    /// It is not moved for each request: when it fires too early, it is set again.
    var timer: (time: NIODeadline, scheduled: Scheduled<Void>)?

    /// The number of the current request, so that only its own body is read.
    private var number = 0
    /// Whether its body has not been read completely.
    private var isInBody = false
    /// Whether its body is being read.
    private var isReadingBody = false
    /// Whether the client waits for 100 (Continue) before it sends the body (RFC 9110 §10.1.1).
    private var expectsContinue = false
    /// Whether interim responses may be sent: only before the final response.
    private var takesInterim = false

    /// The number of parts, each with at most 64 KiB of content, at which reading is paused.
    private static let maximumPartCount = 8
    /// How many bytes of an unread body are skipped to keep the connection.
    private static let skippedByteCount = 1 << 20
    /// How many bytes of a response are copied for the network at once, and held by a client that stops reading.
    private static let pieceByteCount = 256 << 10

    /// The default allocator of channels.
    private static let allocator = ByteBufferAllocator()

    init(_ channel: any Channel, _ limits: ClientLimits) {
        self.channel = channel
        self.limits = limits
        executor = EventLoopExecutor(channel.eventLoop)
    }

    /// Answers requests until one side closes.
    ///
    /// If the client closes the connection, the work for it is cancelled. Cancelling this method closes the connection.
    ///
    /// - Parameters:
    ///   - log: Receives a line for each request.
    ///   - respond: Answers a request.
    func serve(log: AccessLog?, _ respond: @escaping HTTPServer.Responder) async {
        let answering = Task(executorPreference: executor) { await self.answerRequests(log, respond) }
        channel.closeFuture.whenComplete { _ in answering.cancel() }
        await withTaskCancellationHandler {
            await answering.value
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    private func answerRequests(_ log: AccessLog?, _ respond: HTTPServer.Responder) async {
        // The closed connection tells the client about the error, and the log has it too.
        while (try? await answerRequest(log, respond)) == true {}
        // Closing now would discard pending writes.
        begin(.reading(unsentByteCount))
        try? await channel.writeAndFlush(ByteBuffer())
        channel.close(promise: nil)
    }

    /// Waits for a request and answers it.
    ///
    /// - Returns: Whether another request may follow.
    private func answerRequest(_ log: AccessLog?, _ respond: HTTPServer.Responder) async throws -> Bool {
        guard let head = try await nextHead() else { return false }
        let start = ContinuousClock.now
        let body = isInBody ? RequestBody(connection: self, number: number) : nil
        let request = ServerRequest(
            head,
            body: body.map { MessageBody($0, byteCount: head.contentLength) },
            onInterimResponse: { [number] in self.sendInterim($0, to: number) }
        )
        let response = await respond(request)
        takesInterim = false
        var isComplete = false
        defer { log?(AccessLogLine(request, response, isComplete: isComplete, elapsed: ContinuousClock.now - start)) }
        let isLast = try await write(response, to: head)
        isComplete = true
        return if isLast { false } else { try await skipBody() }
    }
}

// MARK: Events of the channel

extension ServerConnection {
    /// Sets the context in the pipeline to write to.
    func write(to output: NIOLoopBound<ChannelHandlerContext>) {
        self.output = output
    }

    /// Receives the next part of a request.
    func receive(_ part: HTTPServerRequestPart) {
        parts.append(part)
        wakeReader()
    }

    /// Receives the error of invalid input.
    func fail(_ error: HTTPParserError) {
        refuse(.badRequest)
    }

    /// The channel is writable again.
    func drain() {
        writer.take()?.resume()
    }

    /// The connection has ended.
    func end() {
        isOpen = false
        timer?.scheduled.cancel()
        timer = nil
        wakeReader()
        drain()
    }

    func refuse(_ status: HTTPResponse.Status) {
        refusal = status
        wakeReader()
    }

    /// The server is stopping.
    ///
    /// The connection ends after the responses to requests already received.
    func stop() {
        isStopping = true
        wakeReader()
    }

    /// Whether to read from the network now.
    ///
    /// If not, reading resumes later.
    func mayRead() -> Bool {
        holdsReading = parts.count >= Self.maximumPartCount
        return !holdsReading
    }

    private func wakeReader() {
        reader.take()?.resume()
    }
}

// MARK: Requests

extension ServerConnection {
    /// Waits for the next request; `nil` at the end of the connection.
    private func nextHead() async throws -> HTTPRequestHead? {
        // Let other connections run between pipelined requests.
        if !parts.isEmpty { await Task.yield() }
        while parts.isEmpty, refusal == nil, isOpen, !isStopping { await nextPartHasCome(.idling) }
        guard case .head(let head) = takePart() else {
            if let refusal { try await writeRefusal(refusal) }
            return nil
        }
        number += 1
        takesInterim = !head.isHTTP10
        isInBody = true
        expectsContinue = false
        if head.hasBody {
            expectsContinue = head.expectsContinue
        } else if case .end = parts.first {
            isInBody = takePart() == nil
        } else {
            _ = try await nextChunk(of: number)
        }
        return head
    }

    /// Answers invalid or late input.
    private func writeRefusal(_ status: HTTPResponse.Status) async throws {
        var head = HTTPResponse(status: status)
        head.headerFields[.contentLength] = "0"
        head.headerFields[.connection] = "close"
        try await write(head)
    }

    /// Waits for the next chunk of a request's body; `nil` at its end.
    fileprivate func nextChunk(of number: Int) async throws -> Data? {
        guard number == self.number, !isReadingBody else { throw ChannelError.inputClosed }
        guard isInBody else { return nil }
        isReadingBody = true
        defer { isReadingBody = false }
        if expectsContinue {
            guard takesInterim else { throw ChannelError.inputClosed }
            expectsContinue = false
            try await write(HTTPResponse(status: .continue))
        }
        while parts.isEmpty, refusal == nil, isOpen { await nextPartHasCome(.sendingContent) }
        switch takePart() {
        case .body(let buffer): return Data(buffer: buffer)
        case .end:
            isInBody = false
            return nil
        case .head, nil:
            switch refusal {
            case .requestTimeout: throw SlowClient()
            case .badRequest: throw InvalidContent()
            default: throw ChannelError.inputClosed
            }
        }
    }

    /// Reads the rest of the body.
    ///
    /// - Returns: Whether it was short enough to keep the connection.
    private func skipBody() async throws -> Bool {
        guard isInBody else { return true }
        // A client that was not told to continue may or may not send the body.
        guard !isReadingBody, !expectsContinue else { return false }
        var skipped = 0
        while let chunk = try await nextChunk(of: number) {
            skipped += chunk.count
            guard skipped <= Self.skippedByteCount else { return false }
        }
        return true
    }

    private func nextPartHasCome(_ task: ClientTask) async {
        begin(task)
        await withCheckedContinuation { reader = $0 }
        self.task = nil
    }

    private func takePart() -> HTTPServerRequestPart? {
        defer {
            if holdsReading, parts.count < Self.maximumPartCount { channel.read() }
        }
        return parts.popFirst()
    }
}

// MARK: Responses

extension ServerConnection {
    /// Writes an interim response, ahead of later writes.
    ///
    /// It can be called on any thread.
    ///
    /// - Parameters:
    ///   - head: The response.
    ///   - number: The number of its request.
    private nonisolated func sendInterim(_ head: HTTPResponse, to number: Int) {
        channel.eventLoop.execute { self.assumeIsolated { $0.writeInterim(head, to: number) } }
    }

    /// Writes an interim response, unless the final one has begun or the client doesn't support them (RFC 9110 §15.2).
    ///
    /// They are only hints, so a client that reads too slowly misses some, instead of letting them pile up.
    private func writeInterim(_ head: HTTPResponse, to number: Int) {
        guard number == self.number, takesInterim, channel.isWritable else { return }
        var buffer = Self.allocator.buffer(capacity: 1024)
        buffer.writeHead(head)
        send(buffer)
    }

    /// Writes a response.
    ///
    /// - Returns: Whether the connection must be closed afterwards.
    private func write(_ response: ServerResponse, to request: HTTPRequestHead) async throws -> Bool {
        var head = response.head
        var isLast = !request.isKeepAlive || request.wouldSwitchProtocols || (isStopping && !hasNextRequest)
        if refusal != nil { isLast = true }
        let hasBody = request.method != .HEAD && head.mayHaveContent
        var framing = ContentFraming.none
        if hasBody {
            framing = ContentFraming(&head, response.body.byteCount, isHTTP10: request.isHTTP10)
            if framing == .connection { isLast = true }
        } else if head.headerFields[fields: .contentLength].count > 1 {
            head.headerFields[.contentLength] = nil
        }
        if isLast {
            head.headerFields[.connection] = "close"
        } else if request.isHTTP10 {
            head.headerFields[.connection] = "keep-alive"
        }
        // Short content in memory is sent together with the head.
        let bytes = hasBody ? response.body.bytes.flatMap { $0.count <= Self.pieceByteCount ? $0 : nil } : Data()
        var buffer = Self.allocator.buffer(capacity: 1024 + (bytes?.count ?? 0))
        buffer.writeHead(head, response.addedFields)
        if let bytes {
            buffer.writeData(bytes)
            try await write(buffer)
        } else {
            try await write(response.body, framing, after: buffer)
        }
        return isLast
    }

    private var hasNextRequest: Bool {
        parts.contains { if case .head = $0 { true } else { false } }
    }

    /// Writes a body in pieces.
    ///
    /// The last piece, by the declared length, is held back until the source has ended. By then, the response is
    /// stored, so a client that leaves as soon as it has everything doesn't prevent that.
    private func write(_ body: MessageBody, _ framing: ContentFraming, after head: ByteBuffer) async throws {
        var missing: Int? = if case .length(let count) = framing { count } else { nil }
        var buffer = head
        for try await chunk in body {
            var rest = chunk
            while !rest.isEmpty {
                let piece = rest.prefix(Self.pieceByteCount)
                rest = rest.dropFirst(piece.count)
                missing = missing.map { $0 - piece.count }
                // The client would read excess content as the next response.
                if let missing, missing < 0 { throw WrongLength() }
                framing.write(piece, to: &buffer)
                guard missing != 0 else { continue }
                try await write(buffer)
                buffer = ByteBuffer()
            }
        }
        guard missing ?? 0 == 0 else { throw WrongLength() }
        framing.writeEnd(to: &buffer)
        try await write(buffer)
    }

    private func write(_ head: HTTPResponse) async throws {
        var buffer = Self.allocator.buffer(capacity: 1024)
        buffer.writeHead(head)
        try await write(buffer)
    }

    /// Writes bytes, and waits while the channel is not writable.
    private func write(_ buffer: ByteBuffer) async throws {
        send(buffer)
        while isOpen, !channel.isWritable {
            begin(.reading(unsentByteCount))
            await withCheckedContinuation { writer = $0 }
            task = nil
        }
        guard isOpen else { throw ChannelError.ioOnClosedChannel }
    }

    private func send(_ buffer: ByteBuffer) {
        output?.value.writeAndFlush(NIOAny(buffer), promise: nil)
    }
}

/// The body of a request as a stream.
private struct RequestBody: AsyncSequence, Sendable {
    let connection: ServerConnection
    let number: Int

    struct Iterator: AsyncIteratorProtocol {
        let body: RequestBody

        func next() async throws -> Data? {
            try await body.connection.nextChunk(of: body.number)
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(body: self) }
}
#endif
