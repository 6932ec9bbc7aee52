#if AsyncHTTPClient
import AsyncHTTPClient
import FSCache
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1

extension HTTPClientRequest {
    /// Makes a request for `HTTPClient`.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - body: Its content.
    ///   - isHTTP1: Whether the request will certainly be sent over HTTP/1.1.
    /// - Throws: `FSCacheError` if `HTTPClient` would reject the request, or send a different one.
    init(_ request: HTTPRequest, body: MessageBody?, isHTTP1: Bool) throws(FSCacheError) {
        let authority = request.authority ?? ""
        let text = "\(request.scheme ?? "")://\(authority)\(request.path ?? "")"
        guard ["http", "https"].contains(request.scheme?.lowercased()), !authority.isEmpty,
            let url = URL(string: text, encodingInvalidCharacters: false)
        else {
            throw FSCacheError(.invalidURL, "\(text.debugDescription) is not an absolute http or https URL.")
        }
        guard request.method != .connect else {
            throw FSCacheError(.unsupportedRequest, "HTTPClient does not send CONNECT requests.")
        }
        self.init(url: text)
        method = HTTPMethod(rawValue: request.method.rawValue)
        if HTTPField.Name("Host").map({ request.headerFields.contains($0) }) != true {
            // The field excludes the user and password (RFC 9110 §7.2).
            headers.add(name: "Host", value: authority.split(separator: "@").last.map(String.init) ?? "")
        }
        for field in request.headerFields where ![.contentLength, .transferEncoding].contains(field.name) {
            headers.add(name: field.name.rawName, value: try field.asyncHTTPClientValue(canEscape: isHTTP1))
        }
        if let target = ExactTarget.needed(for: request.path, url) {
            guard isHTTP1 else {
                throw FSCacheError(
                    .unsupportedRequest,
                    "The path has escapes that are not UTF-8. HTTPClient can't send it over HTTP/2: set the configuration's "
                        + "httpVersion to http1Only."
                )
            }
            headers.add(name: ExactTarget.fieldName, value: target)
        }
        self.body = body.flatMap { Body($0) }
    }
}

extension HTTPClientRequest.Body {
    /// Makes content, or `nil` if it is known to be empty.
    fileprivate init?(_ body: MessageBody) {
        if let bytes = body.bytes {
            if bytes.isEmpty { return nil }
            self = .bytes(ByteBuffer(bytes: bytes))
        } else {
            self = .stream(
                body.map { ByteBuffer(bytes: $0) },
                length: body.byteCount.map { .known(Int64($0)) } ?? .unknown
            )
        }
    }
}

extension HTTPResponse {
    /// Makes a response's head from a response of `HTTPClient`.
    ///
    /// - Parameters:
    ///   - response: The response.
    ///   - isDecoded: Whether the client decodes the content codings that it knows.
    /// - Throws: `FSCacheError` if it has an invalid status or header field.
    init(_ response: HTTPClientResponse, isDecoded: Bool) throws(FSCacheError) {
        let codings = response.headers[canonicalForm: "Content-Encoding"]
        let isDecoded = isDecoded && ["gzip", "deflate"].contains(codings.first?.lowercased())
        try self.init(response.status, response.headers, isEscaped: response.version.major == 1)
        guard isDecoded else { return }
        headerFields[.contentEncoding] = nil
        headerFields[.contentLength] = nil
        // HTTPClient decodes the first of several codings, and fails if that is not the outer one.
        if codings.count > 1 {
            headerFields[.contentEncoding] = codings.dropFirst().joined(separator: ", ")
        }
    }

    /// Makes a response's head from the head on an HTTP/1.1 connection.
    ///
    /// - Parameter head: The head.
    /// - Throws: `FSCacheError` if it has an invalid status or header field.
    init(_ head: HTTPResponseHead) throws(FSCacheError) {
        try self.init(head.status, head.headers, isEscaped: true)
    }

    private init(_ status: HTTPResponseStatus, _ headers: HTTPHeaders, isEscaped: Bool) throws(FSCacheError) {
        guard (100...999).contains(status.code) else {
            throw FSCacheError(.invalidResponse, "The response has the status \(status.code).")
        }
        guard headers.count <= Self.maximumFieldCount else {
            throw FSCacheError(.invalidResponse, "The response has more than \(Self.maximumFieldCount) header fields.")
        }
        var fields: [HTTPField] = []
        for (name, value) in headers {
            guard let name = HTTPField.Name(name) else {
                throw FSCacheError(.invalidResponse, "The response has a header field \(name.debugDescription).")
            }
            let octets = isEscaped ? EscapedOctets.unescape(value) : Array(value.utf8)
            // Control characters become spaces (RFC 9110 §5.5), so an entry with the field can be read again.
            fields.append(HTTPField(name: name, value: octets))
        }
        self.init(status: Status(code: Int(status.code)), headerFields: HTTPFields(fields))
    }
}

// HTTPClient has field values as strings. Over HTTP/1.1, EscapedOctets stands for bytes that are not UTF-8.
extension HTTPField {
    /// The value as the string that `HTTPClient` sends as the same bytes.
    ///
    /// - Parameter canEscape: Whether the request will certainly be sent over HTTP/1.1.
    /// - Returns: The string.
    /// - Throws: `FSCacheError` if there is no such string.
    fileprivate func asyncHTTPClientValue(canEscape: Bool) throws(FSCacheError) -> String {
        let bytes = unsafe withUnsafeBytesOfValue { unsafe Array($0) }
        if let value = String(validating: bytes, as: UTF8.self), !EscapedOctets.isFound(in: value) { return value }
        guard canEscape else {
            throw FSCacheError(
                .unsupportedRequest,
                "The value of the header field \(name.rawName) is not UTF-8. HTTPClient can't send it over HTTP/2: "
                    + "set the configuration's httpVersion to http1Only."
            )
        }
        return EscapedOctets.escape(bytes)
    }
}
#endif
