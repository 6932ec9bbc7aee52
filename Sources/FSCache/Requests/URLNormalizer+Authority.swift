internal import Serializers

extension URLNormalizer {
    /// Appends host and port in normal form: lower case, Punycode, no default port (RFC 3986 §6.2.2.1 and §6.2.3).
    ///
    /// - Parameters:
    ///   - authority: Host and port, without user information.
    ///   - isSecure: Whether the scheme is `https`, with the default port 443 instead of 80.
    ///   - output: Receives host and port.
    /// - Throws: ``FSCacheError/Code/invalidURL``.
    static func append(
        authority: borrowing Span<UInt8>,
        isSecure: Bool,
        to output: inout [UInt8]
    ) throws(FSCacheError) {
        guard authority.firstIndex(of: UInt8(ascii: "@")) == nil else {
            throw FSCacheError(
                .invalidURL,
                "The authority of a request can't contain a user and a password: send an Authorization field."
            )
        }
        var hostEnd = 0
        if !authority.isEmpty, authority[0] == UInt8(ascii: "[") {
            guard let bracket = authority.firstIndex(of: UInt8(ascii: "]")) else {
                throw FSCacheError(.invalidURL, "The address “\(authority.excerpt)” lacks its closing bracket.")
            }
            hostEnd = bracket + 1
            try append(addressLiteral: authority.extracting(0..<hostEnd), to: &output)
        } else {
            hostEnd = authority.firstIndex(of: UInt8(ascii: ":")) ?? authority.count
            guard hostEnd > 0 else {
                throw FSCacheError(.invalidURL, "The URL names no host: write http://host/path or https://host/path.")
            }
            let host = authority.extracting(0..<hostEnd)
            if host.allSatisfy(\.isPlainInNormalHost) {
                output.append(host)
            } else if host.allSatisfy(\.isPlainInHost) {
                appendLowercased(host, to: &output)
            } else {
                try append(internationalHost: host, to: &output)
            }
        }
        guard hostEnd < authority.count else { return }
        try append(port: authority.extracting(hostEnd..<authority.count), isSecure: isSecure, to: &output)
    }

    private static func appendLowercased(_ octets: borrowing Span<UInt8>, to output: inout [UInt8]) {
        for index in octets.indices { output.append(octets[index].lowercased) }
    }

    /// Appends an IPv6 address, or one of a later version, in brackets (RFC 3986 §3.2.2).
    private static func append(
        addressLiteral literal: borrowing Span<UInt8>,
        to output: inout [UInt8]
    ) throws(FSCacheError) {
        var hasColon = false
        for index in 1..<(literal.count - 1) {
            let octet = literal[index]
            hasColon = hasColon || octet == UInt8(ascii: ":")
            guard octet.isUnreserved || octet == UInt8(ascii: ":") || octet == UInt8(ascii: "%") else {
                hasColon = false
                break
            }
        }
        guard hasColon else {
            throw FSCacheError(.invalidURL, "“\(literal.excerpt)” is not an IPv6 address: write it like [2001:db8::1].")
        }
        appendLowercased(literal, to: &output)
    }

    /// Appends a colon and a port, unless it is the default port or empty.
    private static func append(
        port: borrowing Span<UInt8>,
        isSecure: Bool,
        to output: inout [UInt8]
    ) throws(FSCacheError) {
        var value = 0
        var isValid = port[0] == UInt8(ascii: ":")
        for index in 1..<port.count {
            isValid = isValid && port[index].isDigit && value <= 65535
            if isValid { value = value * 10 + Int(port[index] - UInt8(ascii: "0")) }
        }
        guard isValid, value <= 65535 else {
            throw FSCacheError(
                .invalidURL,
                "“\(port.excerpt)” is not a port: write a number up to 65535 after the host and a colon."
            )
        }
        guard port.count > 1, value != (isSecure ? 443 : 80) else { return }
        output.append(UInt8(ascii: ":"))
        output.append(contentsOf: String(value).utf8)
    }
}
