import Foundation
import HTTPTypes

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

extension URLRequest {
    /// Makes a request for `URLSession`.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - hasContent: Whether it will be sent with content.
    ///   - cookies: The storage of the cookies to send if the request has no `Cookie` field.
    /// - Throws: ``FSCacheError`` if `URLSession` would reject the request, or send a different one.
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
                // Without the query, which may hold secrets.
                let shown = String(text.prefix { $0 != "?" })
                throw FSCacheError(.invalidURL, "\(shown.debugDescription) is not an absolute http or https URL.")
            }
            return url
        }
    }
}

extension HTTPResponse {
    /// Makes a response's head from a response of `URLSession`.
    ///
    /// The fields are sorted by name, because `URLSession` does not keep their order. Fields with an invalid name
    /// (RFC 9110 §5.1) are left out.
    ///
    /// - Parameter response: The response.
    /// - Throws: ``FSCacheError`` if it is not an HTTP response.
    init(_ response: URLResponse) throws(FSCacheError) {
        guard let response = response as? HTTPURLResponse, (100...999).contains(response.statusCode) else {
            throw FSCacheError(.invalidResponse, "The response is not an HTTP response.")
        }
        var fields: [HTTPField] = []
        for (name, value) in response.allHeaderFields.map({ ("\($0.key)", "\($0.value)") }) {
            let values = name.lowercased() == "set-cookie" ? HTTPResponse.setCookieValues(joined: value) : [value]
            fields += values.compactMap { HTTPField(name: name, urlSessionValue: $0) }
        }
        guard fields.count <= HTTPResponse.maximumFieldCount else {
            throw FSCacheError(.invalidResponse, "The response has more than \(Self.maximumFieldCount) header fields.")
        }
        // The sort is stable, so cookies keep their order.
        fields.sort { ($0.name.canonicalName, $0.name.rawName) < ($1.name.canonicalName, $1.name.rawName) }
        self.init(status: Status(code: response.statusCode), headerFields: HTTPFields(fields))
        if HTTPResponse.isDecoded(headerFields[.contentEncoding]) {
            headerFields[.contentEncoding] = nil
            headerFields[.contentLength] = nil
        }
    }

    /// Splits the `Set-Cookie` fields that `URLSession` has joined, although RFC 9110 §5.3 forbids it.
    ///
    /// A comma within a cookie, such as in its expiry date, is not followed by a name and an equals sign, or is in quotes.
    static func setCookieValues(joined: String) -> [String] {
        let quoted = joined.ranges(of: /="(?:[^"\\]|\\.)*"(?=[ \t]*(?:[;,]|$))/)
        return joined.split(separator: ", ", omittingEmptySubsequences: false).reduce(into: []) { values, part in
            let name = part.prefix { $0 != "=" }
            let isName = name.endIndex < part.endIndex && HTTPField.Name(String(name)) != nil
            let beginsCookie = isName && !quoted.contains { $0.contains(part.startIndex) }
            if beginsCookie || values.isEmpty {
                values.append(String(part))
            } else {
                values[values.count - 1] += ", " + part
            }
        }
    }

    /// Whether `URLSession` decodes these content codings.
    private static func isDecoded(_ contentEncoding: String?) -> Bool {
        let codings = (contentEncoding ?? "").split(separator: ",").map {
            $0.trimmingCharacters(in: .whitespaces).lowercased()
        }
        #if canImport(FoundationNetworking)
        // It fails responses with a coding that it can't decode.
        return codings.contains { $0 != "identity" }
        #else
        return !codings.isEmpty && codings.allSatisfy { ["gzip", "x-gzip", "deflate", "br"].contains($0) }
        #endif
    }
}

// URLSession has field values as strings. swift-corelibs-foundation encodes them as UTF-8, Apple's as ISO Latin 1.
extension HTTPField {
    /// The value as the string that `URLSession` encodes as the same bytes.
    fileprivate var urlSessionValue: String {
        get throws(FSCacheError) {
            let bytes = unsafe withUnsafeBytesOfValue { unsafe Array($0) }
            #if canImport(FoundationNetworking)
            guard let value = String(validating: bytes, as: UTF8.self) else {
                throw FSCacheError(
                    .unsupportedRequest,
                    "The value of the header field \(name.rawName) is not UTF-8. URLSession can't send it on this platform."
                )
            }
            return value
            #else
            return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
            #endif
        }
    }

    /// The value as a string of `URLSession`; a value that it can't encode is taken for ISO Latin 1.
    var textForURLSession: String {
        if let value = try? urlSessionValue { return value }
        let bytes = unsafe withUnsafeBytesOfValue { unsafe Array($0) }
        return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }

    /// Makes a field from a name and a value of `URLSession`, or `nil` if the name is invalid (RFC 9110 §5.1).
    ///
    /// Control characters become spaces (RFC 9110 §5.5), so an entry with the field can be read again.
    init?(name: String, urlSessionValue value: String) {
        guard let name = Name(name) else { return nil }
        #if canImport(FoundationNetworking)
        self.init(name: name, value: Array(value.utf8))
        #else
        let isLatin1 = value.unicodeScalars.allSatisfy { $0.value < 256 }
        let bytes = isLatin1 ? value.unicodeScalars.map { UInt8($0.value) } : Array(value.utf8)
        self.init(name: name, value: bytes)
        #endif
    }
}
