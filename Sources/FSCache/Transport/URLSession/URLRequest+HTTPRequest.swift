import Foundation
import HTTPTypes

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

extension URLRequest {
    /// Makes what `URLSession` wants of a request.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - hasContent: Whether it will be sent with content.
    ///   - cookies: Where the cookies come from that are sent when the request has no `Cookie` field.
    /// - Throws: ``FSCacheError`` when `URLSession` would refuse the request, or send another one in its place.
    init(_ request: HTTPRequest, hasContent: Bool, cookies: HTTPCookieStorage?) throws(FSCacheError) {
        let url = try request.absoluteURL
        self.init(url: url, cachePolicy: .reloadIgnoringLocalCacheData)
        httpMethod = request.method.rawValue
        guard httpMethod == request.method.rawValue, request.method != .connect else {
            throw FSCacheError(.unsupportedRequest, "URLSession does not send \(request.method.rawValue) requests.")
        }
        guard !hasContent || ![.get, .head].contains(request.method) else {
            throw FSCacheError(
                .unsupportedRequest,
                "URLSession sends no content with \(request.method.rawValue). Use another method, or another transport."
            )
        }
        var fields: [HTTPField.Name: String] = [:]
        for field in request.headerFields where ![.contentLength, .transferEncoding].contains(field.name) {
            let value = try field.urlSessionValue
            let separator = field.name == .cookie ? "; " : ", "
            fields[field.name] = fields[field.name].map { $0 + separator + value } ?? value
        }
        if fields[.cookie] == nil, let stored = cookies?.cookies(for: url), !stored.isEmpty {
            fields[.cookie] = HTTPCookie.requestHeaderFields(with: stored)["Cookie"]
        }
        allHTTPHeaderFields = Dictionary(uniqueKeysWithValues: fields.map { ($0.key.rawName, $0.value) })
    }
}

extension HTTPRequest {
    fileprivate var absoluteURL: URL {
        get throws(FSCacheError) {
            let text = "\(scheme ?? "")://\(authority ?? "")\(path ?? "")"
            guard let scheme = scheme?.lowercased(), ["http", "https"].contains(scheme),
                let url = URL(string: text, encodingInvalidCharacters: false),
                let host = url.host(), !host.isEmpty
            else {
                throw FSCacheError(.invalidURL, "\(text.debugDescription) is no absolute http or https URL.")
            }
            return url
        }
    }
}
