import FSCache
import Foundation
import HTTPTypes
import Synchronization

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// A server inside the program, so that the examples need no network.
///
/// It is a transport, which is all that a session needs. Your own client can be one too.
public final class Origin: HTTPTransport {
    /// The response for a path.
    public struct Resource: Sendable {
        var fields: HTTPFields
        var body: Data

        /// Makes a resource, with validators and `Cache-Control` in `fields`.
        public init(_ contentType: String, _ body: String, fields: HTTPFields = [:]) {
            self.fields = fields
            self.fields[.contentType] = contentType
            self.body = Data(body.utf8)
        }
    }

    private let resources: [String: Resource]
    private let isSwitchedOff = Mutex(false)

    /// Makes a server with a resource for each path.
    public init(_ resources: [String: Resource]) {
        self.resources = resources
    }

    /// Makes every later request fail, as without a network.
    public func switchOff() {
        isSwitchedOff.withLock { $0 = true }
    }

    /// Answers with 200, with 304 if the request has the ETag of the resource, or with 404.
    public func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse {
        let path = request.path ?? "/"
        guard !isSwitchedOff.withLock({ $0 }) else {
            print("    [origin: \(request.method) \(path), no answer]")
            throw URLError(.cannotConnectToHost)
        }
        var head = HTTPResponse(status: .notFound)
        var content = Data()
        if let resource = resources[String(path.prefix { $0 != "?" })] {
            head.headerFields = resource.fields
            if let validator = resource.fields[.eTag], request.headerFields[.ifNoneMatch] == validator {
                head.status = .notModified
            } else {
                head.status = .ok
                content = resource.body
            }
        }
        print("    [origin: \(request.method) \(path) → \(head.status.code)]")
        return TransportResponse(head: head, body: MessageBody(content))
    }
}
