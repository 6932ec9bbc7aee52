#if Proxy
import FSCache
import Foundation
import HTTPTypes

/// A response to a client.
struct ServerResponse: Sendable {
    /// Status and header fields.
    var head: HTTPResponse
    /// Header fields of the proxy's own, which are sent after those of the head: these are spared a copy.
    var addedFields: [HTTPField]
    /// The content.
    var body: MessageBody
    /// Where it comes from, for the log.
    var reason: String

    init(head: HTTPResponse, addedFields: [HTTPField] = [], body: MessageBody, reason: String) {
        self.head = head
        self.addedFields = addedFields
        self.body = body
        self.reason = reason
    }

    /// A response of the proxy's own, in words.
    init(_ status: HTTPResponse.Status, _ message: String, reason: String) {
        head = HTTPResponse(status: status, headerFields: [.contentType: "text/plain; charset=utf-8"])
        addedFields = []
        head.headerFields[.date] = HTTPDate.format(Date())
        body = MessageBody(Data("\(message)\n".utf8))
        self.reason = reason
    }
}
#endif
