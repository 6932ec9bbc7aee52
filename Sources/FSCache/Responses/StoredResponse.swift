public import Foundation
public import HTTPTypes

/// A stored response (RFC 9111 §1), with the request that led to it.
public struct StoredResponse: Sendable, Equatable {
    /// The request as it is stored, with ignored parameters redacted.
    public struct Request: Sendable, Hashable {
        /// The method.
        public var method: HTTPRequest.Method
        /// The normalized URL; values of ignored parameters are `REDACTED`.
        public var url: String
        /// The header fields; values of ignored ones are `REDACTED`.
        public var headerFields: HTTPFields {
            get { headers.fields }
            set { headers = HeaderSection(newValue) }
        }
        /// The body; values of ignored parameters are `REDACTED`.
        public var body: Data
        /// The ``headerFields``, built or not.
        var headers: HeaderSection

        /// Makes a record of a request.
        ///
        /// - Parameters:
        ///   - method: The method.
        ///   - url: The normalized, redacted URL.
        ///   - headerFields: The redacted header fields.
        ///   - body: The redacted body.
        public init(
            method: HTTPRequest.Method,
            url: String,
            headerFields: HTTPFields = [:],
            body: Data = Data()
        ) {
            self.init(method: method, url: url, headers: HeaderSection(headerFields), body: body)
        }

        init(method: HTTPRequest.Method, url: String, headers: HeaderSection, body: Data) {
            self.method = method
            self.url = url
            self.headers = headers
            self.body = body
        }
    }

    private struct Contents: Sendable, Equatable {
        var request: Request
        var status: HTTPResponse.Status
        var headers: HeaderSection
        var content: MessageBody
        var requestedAt: Date
        var receivedAt: Date
        var createdAt: Date
        var expires: Date?
        var isEdited: Bool
        var generation: Int?

        mutating func removeContent() {
            content = .empty
            headers = HeaderSection(headers.fields)
            request.headers = HeaderSection(request.headers.fields)
        }
    }

    /// One reference, because a response is passed through many functions on its way to the caller.
    private var contents: CopyOnWrite<Contents>

    /// The request that the response answered.
    public var request: Request {
        get { contents.value.request }
        set { contents.value.request = newValue }
    }

    /// The status code and reason phrase.
    public var status: HTTPResponse.Status {
        get { contents.value.status }
        set { contents.value.status = newValue }
    }

    /// The header fields, in the order the origin sent them.
    ///
    /// They are built when they are first read.
    public var headerFields: HTTPFields {
        get { headers.fields }
        set { headers = HeaderSection(newValue) }
    }

    /// The content, without transfer coding, if it is in memory; otherwise empty.
    ///
    /// ``ResponseCache/response(for:)`` and ``ResponseCache/entries(_:prefix:now:leavingLargeBodies:)`` say when they leave it
    /// in the store. ``content`` reads it anywhere.
    public var body: Data {
        get { content.bytes ?? Data() }
        set { content = MessageBody(newValue) }
    }

    /// The content, without transfer coding, in memory or left in the store.
    public package(set) var content: MessageBody {
        get { contents.value.content }
        set { contents.value.content = newValue }
    }

    /// When the request was sent (RFC 9111 §4.2.3, `request_time`), to the millisecond.
    public var requestedAt: Date {
        get { contents.value.requestedAt }
        set { contents.value.requestedAt = newValue }
    }

    /// When the response was received, or last validated (RFC 9111 §4.2.3, `response_time`), to the millisecond.
    public var receivedAt: Date {
        get { contents.value.receivedAt }
        set { contents.value.receivedAt = newValue }
    }

    /// When the response was first stored, to the millisecond.
    public var createdAt: Date {
        get { contents.value.createdAt }
        set { contents.value.createdAt = newValue }
    }

    /// When the response becomes stale; `nil` for never.
    public var expires: Date? {
        get { contents.value.expires }
        set { contents.value.expires = newValue }
    }

    /// Whether the body was edited by hand since it was stored.
    public var isEdited: Bool {
        get { contents.value.isEdited }
        set { contents.value.isEdited = newValue }
    }

    /// A number that a response with a `Vary` field shares with those of its variants that may be used.
    var generation: Int? {
        get { contents.value.generation }
        set { contents.value.generation = newValue }
    }

    /// The ``headerFields``, built or not.
    var headers: HeaderSection {
        get { contents.value.headers }
        set { contents.value.headers = newValue }
    }

    /// Makes a stored response.
    ///
    /// - Parameters:
    ///   - request: The request that the response answered.
    ///   - status: The status code and reason phrase.
    ///   - headerFields: The header fields, in order.
    ///   - body: The content.
    ///   - requestedAt: When the request was sent.
    ///   - receivedAt: When the response was received.
    ///   - createdAt: When the response was first stored.
    ///   - expires: When the response becomes stale; `nil` for never.
    ///   - isEdited: Whether the body was edited by hand.
    public init(
        request: Request,
        status: HTTPResponse.Status,
        headerFields: HTTPFields,
        body: Data,
        requestedAt: Date,
        receivedAt: Date,
        createdAt: Date,
        expires: Date?,
        isEdited: Bool = false
    ) {
        self.init(
            request: request,
            status: status,
            headers: HeaderSection(headerFields),
            body: body,
            requestedAt: requestedAt,
            receivedAt: receivedAt,
            createdAt: createdAt,
            expires: expires,
            isEdited: isEdited
        )
    }

    init(
        request: Request,
        status: HTTPResponse.Status,
        headers: HeaderSection,
        body: Data,
        requestedAt: Date,
        receivedAt: Date,
        createdAt: Date,
        expires: Date?,
        isEdited: Bool,
        generation: Int? = nil
    ) {
        contents = CopyOnWrite(
            Contents(
                request: request,
                status: status,
                headers: headers,
                content: MessageBody(body),
                requestedAt: requestedAt,
                receivedAt: receivedAt,
                createdAt: createdAt,
                expires: expires,
                isEdited: isEdited,
                generation: generation
            )
        )
    }
}

extension StoredResponse {
    /// About how many bytes the response takes in memory, without content that is left in the store.
    var memoryByteCount: Int {
        let byteCountOfRest = 512
        return body.count + request.body.count + request.url.utf8.count + headers.memoryByteCount
            + request.headers.memoryByteCount + byteCountOfRest
    }

    /// Removes the content, and releases the entry that holds it.
    mutating func removeContent() { contents.value.removeContent() }
}
