import Foundation
import HTTPTypes

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// A request of a `URLSession`, for a cached session.
struct URLProtocolRequest: Sendable {
    let request: HTTPRequest
    let body: RequestSource?

    /// Converts a request.
    ///
    /// - Throws: ``FSCacheError/Code/invalidURL`` or ``FSCacheError/Code/unsupportedRequest``.
    init(_ request: URLRequest, in context: URLProtocolContext) throws(FSCacheError) {
        let name = request.httpMethod ?? "GET"
        guard let method = HTTPRequest.Method(name) else {
            throw FSCacheError(.unsupportedRequest, "\(name.debugDescription) is not a method.")
        }
        var fields = HTTPFields()
        let own = request.allHTTPHeaderFields ?? [:]
        for (name, value) in own.sorted(by: { $0.key < $1.key }) {
            fields.append(try Self.field(name, value))
        }
        for (name, value) in context.additionalFields.sorted(by: { $0.key < $1.key }) {
            let field = try Self.field(name, value)
            if !fields.contains(field.name) { fields.append(field) }
        }
        let content = request.httpBody.map { RequestSource($0) } ?? request.httpBodyStream.map { RequestSource($0) }
        if content != nil, method == .post, !fields.contains(.contentType) {
            // URLSession does so.
            fields[.contentType] = "application/x-www-form-urlencoded"
        }
        body = context.upload ?? content
        let target = try TargetURL(request.url?.absoluteString ?? "")
        self.request = HTTPRequest(method: method, target: target, headerFields: fields)
    }

    private static func field(_ name: String, _ value: String) throws(FSCacheError) -> HTTPField {
        guard let field = HTTPField(name: name, urlSessionValue: value) else {
            throw FSCacheError(.unsupportedRequest, "\(name.debugDescription) is not the name of a header field.")
        }
        return field
    }
}

/// Where the content of a request comes from.
///
/// It is sendable because a stream has one reader: it is read once, by one thread.
struct RequestSource: @unchecked Sendable {
    private enum Storage {
        case bytes(Data)
        case file(URL)
        case stream(InputStream)
        case delegate(Asking)
    }

    /// Asks for a stream, and passes it or `nil` to a closure.
    typealias Asking = @Sendable (_ receive: @escaping @Sendable (InputStream?) -> Void) -> Void

    private let storage: Storage

    init(_ bytes: Data) { storage = .bytes(bytes) }
    init(_ file: URL) { storage = .file(file) }
    init(_ stream: InputStream) { storage = .stream(stream) }
    init(asking: @escaping Asking) { storage = .delegate(asking) }

    /// Reads the content.
    func messageBody() async throws -> MessageBody {
        switch storage {
        case .bytes(let bytes): return MessageBody(bytes)
        case .file(let url): return MessageBody(try Data(contentsOf: url))
        case .stream(let stream): return MessageBody(try await Self.read(stream))
        case .delegate(let ask):
            let source = await withCheckedContinuation { continuation in
                ask { continuation.resume(returning: $0.map { RequestSource($0) }) }
            }
            guard let source else {
                throw FSCacheError(.unsupportedRequest, "The delegate has no content for the streamed request.")
            }
            return try await source.messageBody()
        }
    }

    private static func read(_ stream: InputStream) async throws -> Data {
        // Safe, because only the new thread uses it from here on: the caller waits for the result.
        nonisolated(unsafe) let stream = stream
        return try await withCheckedThrowingContinuation { continuation in
            // A stream may wait for its writer for as long as it likes.
            Thread.detachNewThread {
                continuation.resume(with: Result { try unsafe readAll(stream) })
            }
        }
    }

    private static func readAll(_ stream: InputStream) throws -> Data {
        stream.open()
        defer { stream.close() }
        var content = Data()
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe stream.read(&chunk, maxLength: chunk.count)
            guard count > 0 else {
                if count < 0 { throw stream.streamError ?? URLError(.requestBodyStreamExhausted) }
                return content
            }
            content.append(contentsOf: chunk[..<count])
        }
    }
}
