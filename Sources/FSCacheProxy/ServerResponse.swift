#if Proxy
import Foundation
import FSCache
import HTTPTypes

/// A response to a client.
struct ServerResponse: Sendable {
    /// Status and header fields.
    var head: HTTPResponse
    /// Header fields of the proxy, which are sent after those of the head.
    ///
    /// Kept separate, so that the head's fields aren't copied.
    var addedFields: [HTTPField]
    /// The content.
    var body: MessageBody
    /// The reason for the log.
    var reason: String

    init(head: HTTPResponse, addedFields: [HTTPField] = [], body: MessageBody, reason: String) {
        self.head = head
        self.addedFields = addedFields
        self.body = body
        self.reason = reason
    }

    /// A text response from the proxy itself.
    init(_ status: HTTPResponse.Status, _ message: String, reason: String) {
        head = HTTPResponse(status: status, headerFields: [.contentType: "text/plain; charset=utf-8"])
        addedFields = []
        head.headerFields[.date] = HTTPDate.format(Date())
        body = MessageBody(Data("\(message)\n".utf8))
        self.reason = reason
    }
}

/// The reason why a proxy doesn't forward a request.
struct Refusal: Error {
    let status: HTTPResponse.Status
    let message: String

    init(_ status: HTTPResponse.Status, _ message: String) {
        self.status = status
        self.message = message
    }
}

extension HTTPResponse.Status {
    static let loopDetected = HTTPResponse.Status(code: 508, reasonPhrase: "Loop Detected")
}
#endif
