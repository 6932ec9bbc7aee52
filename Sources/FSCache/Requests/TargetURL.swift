internal import Foundation
package import HTTPTypes
internal import Serializers

/// The absolute URL of a request (the *target URI* of RFC 9110 §7.1), in the components of `HTTPRequest`.
///
/// Scheme and authority are in normal form. Path and query are sent as written, except that invalid characters are
/// percent-encoded as UTF-8, dot segments are resolved, and the fragment is removed.
package struct TargetURL: Sendable, Hashable, CustomStringConvertible {
    /// `http` or `https`.
    package let scheme: String
    /// The host, in ASCII and lower case, and the port if it is not the default.
    package let authority: String
    /// The absolute path, followed by `?` and the query if there is one.
    package let path: String
    /// The user and password of the URL, `user:password`.
    ///
    /// They are sent in an `Authorization` field. URLs that are sent or stored never contain them (RFC 9110 §4.2.4).
    package let credentials: String?

    /// The URL as text, without credentials.
    package var description: String { "\(scheme)://\(authority)\(path)" }

    /// Whether two URLs have the same scheme, host and port (RFC 9110 §4.3.1).
    package func isSameOrigin(as other: TargetURL) -> Bool {
        scheme == other.scheme && authority == other.authority
    }

    /// Parses a URL.
    ///
    /// - Parameter text: An absolute `http` or `https` URL. It may contain non-ASCII characters, in the host too.
    /// - Throws: ``FSCacheError/Code/invalidURL`` if it is relative, has another scheme, no host, no valid port, or
    ///   contains white space or control characters, which are usually a mistake.
    package init(_ text: String) throws(FSCacheError) {
        if let plain = TargetURL(plain: text) {
            self = plain
            return
        }
        let octets = Array(text.utf8)
        if let index = octets.firstIndex(where: { $0 <= 0x20 || $0 == 0x7F }) {
            let isAtEdge = index == 0 || octets[index...].allSatisfy { $0 <= 0x20 }
            throw FSCacheError(
                .invalidURL,
                """
                The URL has a space or a control character at position \(index + 1): \
                \(isAtEdge ? "trim it" : "percent-encode it, for example as %20").
                """
            )
        }
        let reference = URLReference(octets)
        guard let scheme = reference.scheme else {
            throw FSCacheError(
                .invalidURL,
                "“\(reference.path.span.excerpt)” is a relative URL: write it as http://host/path or https://host/path."
            )
        }
        guard let authority = reference.authority else {
            _ = try URLNormalizer.isSecureScheme(scheme.span)
            throw FSCacheError(.invalidURL, "The URL names no host: write http://host/path or https://host/path.")
        }
        try self.init(scheme: scheme, authority: authority, path: reference.path, query: reference.query)
    }

    /// Makes a URL from normalized components.
    init(scheme: String, authority: String, path: String) {
        self.scheme = scheme
        self.authority = authority
        self.path = path
        self.credentials = nil
    }

    init(
        scheme: ArraySlice<UInt8>,
        authority: ArraySlice<UInt8>,
        path: ArraySlice<UInt8>,
        query: ArraySlice<UInt8>?
    ) throws(FSCacheError) {
        let isSecure = try URLNormalizer.isSecureScheme(scheme.span)
        let credentialsEnd = authority.lastIndex(of: UInt8(ascii: "@"))
        let hostAndPort = credentialsEnd.map { authority[($0 + 1)...] } ?? authority
        var normalized: [UInt8] = []
        try URLNormalizer.append(authority: hostAndPort.span, isSecure: isSecure, to: &normalized)

        self.scheme = isSecure ? "https" : "http"
        self.authority = String(decoding: normalized, as: UTF8.self)
        self.path = Self.target(path: path, query: query)
        self.credentials = credentialsEnd.flatMap { $0 > authority.startIndex ? Self.unescaped(authority[..<$0]) : nil }
    }

    /// Makes a URL with the origin and the credentials of another one.
    init(base: TargetURL, path: ArraySlice<UInt8>, query: ArraySlice<UInt8>?) {
        self.scheme = base.scheme
        self.authority = base.authority
        self.path = Self.target(path: path, query: query)
        self.credentials = base.credentials
    }

    private static func target(path: ArraySlice<UInt8>, query: ArraySlice<UInt8>?) -> String {
        var target: [UInt8] = []
        target.reserveCapacity(path.count + (query?.count ?? 0) + 2)
        if path.first != UInt8(ascii: "/") { target.append(UInt8(ascii: "/")) }
        appendSendable(path, isPlain: \.isPlainInPath, to: &target)
        URLNormalizer.removeDotSegments(from: 0, in: &target)
        if let query {
            target.append(UInt8(ascii: "?"))
            appendSendable(query, isPlain: \.isPlainInQuery, to: &target)
        }
        return String(decoding: target, as: UTF8.self)
    }

    /// Appends octets, and escapes those that a URL can't contain.
    private static func appendSendable(
        _ octets: ArraySlice<UInt8>,
        isPlain: (UInt8) -> Bool,
        to output: inout [UInt8]
    ) {
        for index in octets.indices {
            let octet = octets[index]
            let isEscape =
                octet == UInt8(ascii: "%") && index + 2 < octets.endIndex
                && octets[index + 1].hexDigitValue != nil && octets[index + 2].hexDigitValue != nil
            if isEscape || isPlain(octet) { output.append(octet) } else { output.appendEscaped(octet) }
        }
    }

    private static func unescaped(_ octets: ArraySlice<UInt8>) -> String {
        let text = String(decoding: octets, as: UTF8.self)
        return text.removingPercentEncoding ?? text
    }
}

extension HTTPRequest {
    /// Makes a request for a URL.
    ///
    /// Credentials in the URL become an `Authorization` field, unless the header fields have one.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - target: The URL.
    ///   - headerFields: The header fields.
    package init(method: Method = .get, target: TargetURL, headerFields: HTTPFields = [:]) {
        self.init(
            method: method,
            scheme: target.scheme,
            authority: target.authority,
            path: target.path,
            headerFields: headerFields
        )
        if let credentials = target.credentials, !headerFields.contains(.authorization) {
            // Without a colon, the password is empty. RFC 7617 §2 requires the colon.
            let pair = credentials.contains(":") ? credentials : credentials + ":"
            self.headerFields[.authorization] = "Basic \(Data(pair.utf8).base64EncodedString())"
        }
    }
}
