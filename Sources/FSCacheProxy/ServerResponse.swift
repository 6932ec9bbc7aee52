#if Proxy
import FSCache
import Foundation
import HTTPTypes

/// A response to a client.
struct ServerResponse: Sendable {
    /// Status and header fields.
    var head: HTTPResponse
    /// The content.
    var body: HTTPBody
    /// Where it comes from, for the log.
    var reason: String

    init(head: HTTPResponse, body: HTTPBody, reason: String) {
        self.head = head
        self.body = body
        self.reason = reason
    }

    /// A response of the proxy's own, in words.
    init(_ status: HTTPResponse.Status, _ message: String, reason: String) {
        head = HTTPResponse(status: status, headerFields: [.contentType: "text/plain; charset=utf-8"])
        head.headerFields[.date] = HTTPDate.format(Date())
        body = HTTPBody(Data("\(message)\n".utf8))
        self.reason = reason
    }
}
#endif
