import FSCache
import Foundation
import HTTPTypes
import Synchronization

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// A server that lives in the program, so that the examples need no network.
///
/// It is a transport, the one thing that a session needs: your own client can be one in the same way.
public final class Origin: HTTPTransport {
    /// What it answers for a path.
    public struct Resource: Sendable {
        var fields: HTTPFields
        var body: Data

        /// Makes a resource; `fields` is the place for validators and `Cache-Control`.
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

    /// From now on every request fails, as it does without a network.
    public func switchOff() {
        isSwitchedOff.withLock { $0 = true }
    }

    /// Answers from the resources: 200, 304 when the request has the resource's ETag, or 404.
    public func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse {
        let path = request.path ?? "/"
        guard !isSwitchedOff.withLock({ $0 }) else {
            print("    [origin: \(request.method) \(path), and nobody answers]")
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
