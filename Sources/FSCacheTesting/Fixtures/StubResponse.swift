internal import FSCache
public import Foundation
public import HTTPTypes

#if canImport(FoundationNetworking)
internal import FoundationNetworking
#endif

/// The response of a ``Stub``, or its failure.
public struct StubResponse: Sendable, ExpressibleByStringLiteral {
    /// A failure that a test can make happen.
    public struct Failure: Error, Hashable {
        enum Kind: Sendable { case timedOut, connectionReset, unreachable }

        let kind: Kind

        /// The origin doesn't answer in time: `URLError.timedOut`, without any waiting.
        public static let timedOut = Failure(kind: .timedOut)
        /// The connection breaks: `URLError.networkConnectionLost`.
        public static let connectionReset = Failure(kind: .connectionReset)
        /// The origin can't be reached: `URLError.cannotConnectToHost`.
        public static let unreachable = Failure(kind: .unreachable)

        var error: URLError {
            switch kind {
            case .timedOut: URLError(.timedOut)
            case .connectionReset: URLError(.networkConnectionLost)
            case .unreachable: URLError(.cannotConnectToHost)
            }
        }
    }

    private var result: Result<HTTPResponse, Failure>
    private var body: Data
    private var endsAfter: Int?
    private var chunkByteCount: Int?
    private var pause = Duration.zero

    private init(_ status: HTTPResponse.Status, _ fields: HTTPFields, _ body: Data) {
        var fields = fields
        if !fields.contains(.contentLength) { fields[.contentLength] = "\(body.count)" }
        result = .success(HTTPResponse(status: status, headerFields: fields))
        self.body = body
    }

    /// Text with the status 200.
    public init(stringLiteral text: String) { self = .text(text) }

    /// A response.
    ///
    /// - Parameters:
    ///   - status: The status.
    ///   - headerFields: The header fields. `Content-Length` is added. Default: none.
    ///   - body: The content. Default: none.
    /// - Returns: The response.
    public static func status(
        _ status: HTTPResponse.Status,
        headerFields: HTTPFields = [:],
        body: Data = Data()
    ) -> StubResponse {
        StubResponse(status, headerFields, body)
    }

    /// Text.
    ///
    /// - Parameters:
    ///   - text: The content.
    ///   - status: The status. Default: 200.
    /// - Returns: The response, of the type `text/plain`.
    public static func text(_ text: String, status: HTTPResponse.Status = .ok) -> StubResponse {
        StubResponse(status, [.contentType: "text/plain; charset=utf-8"], Data(text.utf8))
    }

    /// JSON, as text.
    ///
    /// - Parameters:
    ///   - text: The content.
    ///   - status: The status. Default: 200.
    /// - Returns: The response, of the type `application/json`.
    public static func json(_ text: String, status: HTTPResponse.Status = .ok) -> StubResponse {
        StubResponse(status, [.contentType: "application/json"], Data(text.utf8))
    }

    /// No response.
    ///
    /// - Parameter failure: The failure.
    /// - Returns: A response that is an error.
    public static func failure(_ failure: Failure) -> StubResponse {
        var response = StubResponse(.ok, [:], Data())
        response.result = .failure(failure)
        return response
    }

    /// The response with a body that ends early, which is an error for its reader.
    ///
    /// - Parameter byteCount: How many bytes arrive.
    /// - Returns: The response.
    public func ending(after byteCount: Int) -> StubResponse {
        var response = self
        response.endsAfter = byteCount
        return response
    }

    /// The response with a body that arrives in chunks.
    ///
    /// - Parameters:
    ///   - byteCount: How many bytes a chunk has at most.
    ///   - pause: The time before each chunk. Default: none.
    /// - Returns: The response.
    public func arriving(inChunksOf byteCount: Int, every pause: Duration = .zero) -> StubResponse {
        var response = self
        response.chunkByteCount = max(1, byteCount)
        response.pause = pause
        return response
    }

    /// The response as a transport returns it.
    func transportResponse(to method: HTTPRequest.Method) throws -> TransportResponse {
        let head = try result.mapError { $0.error }.get()
        let whole = method == .head ? Data() : body
        guard endsAfter != nil || chunkByteCount != nil else {
            return TransportResponse(head: head, body: MessageBody(whole))
        }
        let content = whole.prefix(endsAfter ?? whole.count)
        let isCut = content.count < whole.count
        let chunks = AsyncThrowingStream { continuation in
            let task = Task { [chunkByteCount, pause] in
                var rest = content
                while !rest.isEmpty, !Task.isCancelled {
                    if pause > .zero { try? await Task.sleep(for: pause) }
                    let chunk = rest.prefix(chunkByteCount ?? rest.count)
                    continuation.yield(Data(chunk))
                    rest = rest.dropFirst(chunk.count)
                }
                let error = FSCacheError(.incompleteResponse, "The stub's body ends after \(content.count) bytes.")
                continuation.finish(throwing: isCut ? error : nil)
            }
            continuation.onTermination = { _ in task.cancel() }
        }
        return TransportResponse(head: head, body: MessageBody(chunks, byteCount: whole.count))
    }
}
