#if Proxy
import FSCache
import Foundation
import HTTPTypes
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// One connection of a client: the requests that come on it are answered one after the other.
///
/// It runs on the connection's event loop. So does the session that it asks, until that has to wait for something: what
/// lies in the store is read and written to the client without a change of threads.
actor ServerConnection {
    private struct WrongLength: Error {}

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    private nonisolated let executor: EventLoopExecutor
    private let channel: any Channel

    /// Where what is written goes, once there is a pipeline.
    private var output: NIOLoopBound<ChannelHandlerContext>?

    /// What has come and was not taken yet.
    private var parts = CircularBuffer<HTTPServerRequestPart>()
    /// Why what comes after the parts is no HTTP.
    private var failure: HTTPParserError?
    /// Whether the network is not read until parts have been taken.
    private var holdsReading = false
    private var isOpen = true
    /// Whether the server stops, and takes no more requests than have come.
    private var isStopping = false
    /// Who waits for the next part.
    private var reader: CheckedContinuation<Void, Never>?
    /// Who waits until the client has taken some of what was written.
    private var writer: CheckedContinuation<Void, Never>?

    /// Which request it is, so that nobody reads the body of another.
    private var number = 0
    /// Whether its body has not been read to its end.
    private var isInBody = false
    /// Whether somebody is at it.
    private var isReadingBody = false
    /// Whether the client waits for a 100 before it sends the body (RFC 9110 §10.1.1).
    private var expectsContinue = false
    /// Whether an interim response may come: no more once the final one has begun.
    private var takesInterim = false

    /// How many parts wait at most, but for those that are read with them: pieces of content, of 64 KiB at most.
    private static let maximumPartCount = 8
    /// How much of a body that nobody wants is read to keep the connection.
    private static let skippedByteCount = 1 << 20

    /// The one that channels have as well, unless they are given another.
    private static let allocator = ByteBufferAllocator()

    init(_ channel: any Channel) {
        self.channel = channel
        executor = EventLoopExecutor(channel.eventLoop)
    }

    /// Answers requests until one side closes.
    ///
    /// What is done for a client who has gone is cancelled. Cancelling this closes the connection.
    ///
    /// - Parameters:
    ///   - log: Is told of each request.
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
        // What breaks the connection is told by its end, and in the log.
        while (try? await answerRequest(log, respond)) == true {}
        // Closing would throw away what the client has not taken yet.
        try? await channel.writeAndFlush(ByteBuffer())
        channel.close(promise: nil)
    }

    /// Waits for a request and answers it.
    ///
    /// - Returns: Whether another may follow.
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

// MARK: What the channel tells

extension ServerConnection {
    /// Learns where in the pipeline to write: before handlers that have nothing to do with it.
    func write(to output: NIOLoopBound<ChannelHandlerContext>) {
        self.output = output
    }

    /// Takes the next part of a request.
    func receive(_ part: HTTPServerRequestPart) {
        parts.append(part)
        wakeReader()
    }

    /// Learns that what comes is no HTTP.
    func fail(_ error: HTTPParserError) {
        failure = error
        wakeReader()
    }

    /// Learns that the client has taken what was written.
    func drain() {
        writer.take()?.resume()
    }

    /// Learns that the connection has ended.
    func end() {
        isOpen = false
        wakeReader()
        drain()
    }

    /// Learns that the server stops: the connection ends with the last response to what has come.
    func stop() {
        isStopping = true
        wakeReader()
    }

    /// Tells whether more may be read from the network now; else it is read later.
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
    /// Waits for the next request; `nil` when there will be none.
    private func nextHead() async throws -> HTTPRequestHead? {
        // Between requests that came together, other connections have their turn.
        if !parts.isEmpty { await Task.yield() }
        while parts.isEmpty, failure == nil, isOpen, !isStopping { await nextPartHasCome() }
        guard case .head(let head) = takePart() else {
            if failure != nil { try await refuse() }
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

    /// Answers what is no request.
    private func refuse() async throws {
        var head = HTTPResponse(status: .badRequest)
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
        while parts.isEmpty, failure == nil, isOpen { await nextPartHasCome() }
        switch takePart() {
        case .body(let buffer): return Data(buffer: buffer)
        case .end:
            isInBody = false
            return nil
        case .head, nil:
            throw ChannelError.inputClosed
        }
    }

    /// Reads what is left of the body.
    ///
    /// - Returns: Whether it was little enough to go on with the connection.
    private func skipBody() async throws -> Bool {
        guard isInBody else { return true }
        // A client that was not told to continue may send the body or not.
        guard !isReadingBody, !expectsContinue else { return false }
        var skipped = 0
        while let chunk = try await nextChunk(of: number) {
            skipped += chunk.count
            guard skipped <= Self.skippedByteCount else { return false }
        }
        return true
    }

    private func nextPartHasCome() async {
        await withCheckedContinuation { reader = $0 }
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
    /// Writes an interim response, before whatever is written later; from any thread.
    ///
    /// - Parameters:
    ///   - head: The response.
    ///   - number: Which request it answers.
    private nonisolated func sendInterim(_ head: HTTPResponse, to number: Int) {
        channel.eventLoop.execute { self.assumeIsolated { $0.writeInterim(head, to: number) } }
    }

    /// Writes an interim response, unless the final one has begun, or the client knows of none (RFC 9110 §15.2).
    ///
    /// It is no more than a hint: who reads too slowly misses some, so that they don't pile up.
    private func writeInterim(_ head: HTTPResponse, to number: Int) {
        guard number == self.number, takesInterim, channel.isWritable else { return }
        var buffer = Self.allocator.buffer(capacity: 1024)
        buffer.writeHead(head)
        send(buffer)
    }

    /// Writes a response.
    ///
    /// - Returns: Whether the connection has to be closed after it.
    private func write(_ response: ServerResponse, to request: HTTPRequestHead) async throws -> Bool {
        var head = response.head
        var isLast = !request.isKeepAlive || request.wouldSwitchProtocols || (isStopping && !hasNextRequest)
        let hasBody = request.method != .HEAD && head.mayHaveContent
        var framing = ContentFraming.none
        if hasBody {
            framing = ContentFraming(&head, response.body.byteCount, isHTTP10: request.isHTTP10)
            if framing == .connection { isLast = true }
        }
        if isLast {
            head.headerFields[.connection] = "close"
        } else if request.isHTTP10 {
            head.headerFields[.connection] = "keep-alive"
        }
        // What is at hand goes out in one piece.
        let bytes = hasBody ? response.body.bytes : Data()
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

    /// Writes a body as it comes.
    ///
    /// What is the last by its length waits until the source has ended: then it is stored as well, and a client that
    /// leaves once it has everything interrupts nothing.
    private func write(_ body: MessageBody, _ framing: ContentFraming, after head: ByteBuffer) async throws {
        var missing: Int? = if case .length(let count) = framing { count } else { nil }
        var buffer = head
        for try await chunk in body where !chunk.isEmpty {
            missing = missing.map { $0 - chunk.count }
            // The client would take what is too much for the next response.
            if let missing, missing < 0 { throw WrongLength() }
            framing.write(chunk, to: &buffer)
            guard missing != 0 else { continue }
            try await write(buffer)
            buffer = ByteBuffer()
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

    /// Writes bytes, and waits until the client has taken most of what was written.
    private func write(_ buffer: ByteBuffer) async throws {
        send(buffer)
        while isOpen, !channel.isWritable { await withCheckedContinuation { writer = $0 } }
        guard isOpen else { throw ChannelError.ioOnClosedChannel }
    }

    private func send(_ buffer: ByteBuffer) {
        output?.value.writeAndFlush(NIOAny(buffer), promise: nil)
    }
}

/// The body of a request, as it comes in.
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
