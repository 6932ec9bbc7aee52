#if Proxy
import FSCache
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// The parts of requests as they come in, for the loop over the requests and for who reads the body of the one at hand.
actor RequestParts {
    private var iterator: NIOAsyncChannelInboundStream<HTTPServerRequestPart>.AsyncIterator
    private let continueReading: @Sendable () async throws -> Void
    /// Which request it is, so that nobody reads the body of another.
    private var number = 0
    /// Whether the body has not been read to its end.
    private var isInBody = false
    /// Whether the client waits for a 100 before it sends the body (RFC 9110 §10.1.1).
    private var expectsContinue = false
    /// Whether the response has begun, after which it is too late for a 100.
    private var isAnswered = false
    /// Whether somebody waits for the next part.
    private var isReading = false

    /// How much of a body that nobody wants is read to keep the connection.
    private static let skippedByteCount = 1 << 20

    /// Takes a connection's parts.
    ///
    /// - Parameters:
    ///   - input: The parts.
    ///   - continueReading: Tells the client to send the body that it holds back.
    init(
        _ input: NIOAsyncChannelInboundStream<HTTPServerRequestPart>,
        continueReading: @escaping @Sendable () async throws -> Void
    ) {
        iterator = input.makeAsyncIterator()
        self.continueReading = continueReading
    }

    private func next() async throws -> HTTPServerRequestPart? {
        guard !isReading else { throw ChannelError.operationUnsupported }
        isReading = true
        var iterator = iterator
        defer {
            self.iterator = iterator
            isReading = false
        }
        return try await iterator.next(isolation: self)
    }

    /// Waits for the next request; `nil` when the client has closed.
    func nextHead() async throws -> (head: HTTPRequestHead, body: RequestBody?)? {
        guard case .head(let head) = try await next() else { return nil }
        number += 1
        isInBody = true
        isAnswered = false
        expectsContinue = head.hasBody && head.expectsContinue
        guard !head.hasBody else { return (head, RequestBody(parts: self, number: number)) }
        _ = try await nextChunk(of: number)
        return (head, nil)
    }

    /// Waits for the next chunk of a request's body; `nil` at its end.
    func nextChunk(of number: Int) async throws -> Data? {
        guard number == self.number else { throw ChannelError.inputClosed }
        guard isInBody else { return nil }
        if expectsContinue {
            guard !isAnswered else { throw ChannelError.inputClosed }
            expectsContinue = false
            try await continueReading()
        }
        switch try await next() {
        case .body(let buffer): return Data(buffer: buffer)
        case .end:
            isInBody = false
            return nil
        case .head, nil:
            throw ChannelError.inputClosed
        }
    }

    /// Notes that the response begins.
    func answer() { isAnswered = true }

    /// Reads what is left of the body.
    ///
    /// - Returns: Whether it was little enough to go on with the connection.
    func skipBody() async throws -> Bool {
        guard isInBody else { return true }
        // A client that was not told to continue may send the body or not.
        guard !isReading, !expectsContinue else { return false }
        var skipped = 0
        while let chunk = try await nextChunk(of: number) {
            skipped += chunk.count
            guard skipped <= Self.skippedByteCount else { return false }
        }
        return true
    }
}

/// The body of a request, as it comes in.
struct RequestBody: AsyncSequence, Sendable {
    fileprivate let parts: RequestParts
    fileprivate let number: Int

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let body: RequestBody

        func next() async throws -> Data? {
            try await body.parts.nextChunk(of: body.number)
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(body: self) }
}

extension HTTPRequestHead {
    /// Whether content follows (RFC 9112 §6).
    fileprivate var hasBody: Bool {
        headers.contains(name: "transfer-encoding") || (contentLength ?? 0) > 0
    }

    /// How much content follows, where that is told.
    var contentLength: Int? {
        guard !headers.contains(name: "transfer-encoding") else { return nil }
        return headers.first(name: "content-length").flatMap { Int($0) }
    }

    /// Whether the client speaks HTTP/1.0, or less.
    var isHTTP10: Bool { version.major < 1 || (version.major == 1 && version.minor == 0) }

    fileprivate var expectsContinue: Bool {
        !isHTTP10 && headers[canonicalForm: "expect"].contains { $0.lowercased() == "100-continue" }
    }
}
#endif
