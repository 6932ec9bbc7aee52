#if AsyncHTTPClient
import AsyncHTTPClient
import FSCache
import HTTPTypes
import NIOHTTP1

extension HTTPResponse {
    /// More header fields than any origin has a reason to send, and fewer than `HTTPFields` can hold.
    private static let maximumFieldCount = 10_000

    /// Makes the head of what `HTTPClient` has got.
    ///
    /// - Parameters:
    ///   - response: The response.
    ///   - isContentCodingUndone: Whether the client undoes those content codings that it knows.
    /// - Throws: `FSCacheError` when it has a status or a field that HTTP does not know.
    init(_ response: HTTPClientResponse, isContentCodingUndone: Bool) throws(FSCacheError) {
        let codings = response.headers[canonicalForm: "Content-Encoding"]
        let isUndone = isContentCodingUndone && ["gzip", "deflate"].contains(codings.first?.lowercased())
        try self.init(response.status, response.headers, isEscaped: response.version.major == 1)
        guard isUndone else { return }
        headerFields[.contentEncoding] = nil
        headerFields[.contentLength] = nil
        // HTTPClient undoes the first of several codings, and fails if it was not the outer one.
        if codings.count > 1 {
            headerFields[.contentEncoding] = codings.dropFirst().joined(separator: ", ")
        }
    }

    /// Makes the head of what came over an HTTP/1.1 connection.
    ///
    /// - Parameter head: The head.
    /// - Throws: `FSCacheError` when it has a status or a field that HTTP does not know.
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
            fields.append(HTTPField(name: name, lenientValue: octets))
        }
        self.init(status: Status(code: Int(status.code)), headerFields: HTTPFields(fields))
    }
}
#endif
