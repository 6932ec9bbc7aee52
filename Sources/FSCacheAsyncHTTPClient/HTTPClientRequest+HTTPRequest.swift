#if AsyncHTTPClient
import AsyncHTTPClient
import FSCache
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1

extension HTTPClientRequest {
    /// Makes what `HTTPClient` wants of a request.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - body: Its content.
    ///   - isHTTP1: Whether HTTP/1.1 will be spoken for sure.
    /// - Throws: `FSCacheError` when `HTTPClient` would refuse the request, or send another one in its place.
    init(_ request: HTTPRequest, body: MessageBody?, isHTTP1: Bool) throws(FSCacheError) {
        let authority = request.authority ?? ""
        let url = "\(request.scheme ?? "")://\(authority)\(request.path ?? "")"
        guard ["http", "https"].contains(request.scheme?.lowercased()), !authority.isEmpty,
            URL(string: url, encodingInvalidCharacters: false) != nil
        else {
            throw FSCacheError(.invalidURL, "\(url.debugDescription) is no absolute http or https URL.")
        }
        guard request.method != .connect else {
            throw FSCacheError(.unsupportedRequest, "HTTPClient does not send CONNECT requests.")
        }
        self.init(url: url)
        method = HTTPMethod(rawValue: request.method.rawValue)
        if HTTPField.Name("Host").map({ request.headerFields.contains($0) }) != true {
            // A user and a password are no part of the field (RFC 9110 §7.2).
            headers.add(name: "Host", value: authority.split(separator: "@").last.map(String.init) ?? "")
        }
        for field in request.headerFields where ![.contentLength, .transferEncoding].contains(field.name) {
            headers.add(name: field.name.rawName, value: try field.asyncHTTPClientValue(canEscape: isHTTP1))
        }
        self.body = body.flatMap { Body($0) }
    }
}

extension HTTPClientRequest.Body {
    /// Makes content, or `nil` of content that is known to be empty.
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
#endif
