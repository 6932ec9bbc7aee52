internal import HTTPTypes

/// Writes URLs in normal form (RFC 3986 §6.2.2 and §6.2.3), with sorted query parameters.
///
/// It appends UTF-8 octets to a buffer. Text that is in normal form, the usual case, is copied in one piece.
enum URLNormalizer {
    /// How ignored parameters are written.
    enum IgnoredValues {
        /// Omitted, as in keys.
        case omitted
        /// As `name=REDACTED`, as in stored requests.
        case redacted
    }

    /// Appends the absolute URL of a request.
    ///
    /// - Parameters:
    ///   - request: A request with scheme, authority and path.
    ///   - ignored: The ignored parameters of the query.
    ///   - ignoredValues: How they are written.
    ///   - output: Receives the URL.
    /// - Throws: ``FSCacheError/Code/invalidURL``.
    static func append(
        urlOf request: HTTPRequest,
        ignoring ignored: IgnoredParameters,
        _ ignoredValues: IgnoredValues,
        to output: inout [UInt8]
    ) throws(FSCacheError) {
        let fields = request.pseudoHeaderFields
        guard let scheme = fields.scheme, let authority = fields.authority else {
            throw FSCacheError(
                .invalidURL,
                "The request has no \(fields.scheme == nil ? "scheme" : "authority"): make it from an absolute URL."
            )
        }
        let isSecure = try unsafe scheme.withUnsafeBytesOfValue { bytes throws(FSCacheError) in
            try isSecureScheme(unsafe bytes.span)
        }
        output.append(contentsOf: isSecure ? "https://".utf8 : "http://".utf8)
        try unsafe authority.withUnsafeBytesOfValue { bytes throws(FSCacheError) in
            try append(authority: unsafe bytes.span, isSecure: isSecure, to: &output)
        }
        guard let path = fields.path else {
            output.append(UInt8(ascii: "/"))
            return
        }
        try unsafe path.withUnsafeBytesOfValue { bytes throws(FSCacheError) in
            try append(target: unsafe bytes.span, ignoring: ignored, ignoredValues, to: &output)
        }
    }

    /// Whether the scheme is `https` and not `http`, in upper or lower case.
    ///
    /// - Throws: ``FSCacheError/Code/invalidURL`` for any other scheme.
    static func isSecureScheme(_ scheme: borrowing Span<UInt8>) throws(FSCacheError) -> Bool {
        if scheme.count == 4 || scheme.count == 5,
            scheme[0].lowercased == UInt8(ascii: "h"), scheme[1].lowercased == UInt8(ascii: "t"),
            scheme[2].lowercased == UInt8(ascii: "t"), scheme[3].lowercased == UInt8(ascii: "p")
        {
            if scheme.count == 4 { return false }
            if scheme[4].lowercased == UInt8(ascii: "s") { return true }
        }
        throw FSCacheError(
            .invalidURL,
            """
            FSCache supports http and https, not “\(scheme.excerpt)”: write the URL as http://… or https://…, \
            also before a host and a port.
            """
        )
    }

    /// Appends path and query.
    private static func append(
        target: borrowing Span<UInt8>,
        ignoring ignored: IgnoredParameters,
        _ ignoredValues: IgnoredValues,
        to output: inout [UInt8]
    ) throws(FSCacheError) {
        // `OPTIONS *` asks about the whole server (RFC 9112 §3.2.4). Without a slash, it equals no other URL.
        if target.count == 1, target[0] == UInt8(ascii: "*") {
            output.append(UInt8(ascii: "*"))
            return
        }
        // A fragment is never sent, so it isn't part of the target.
        let end = target.firstIndex(of: UInt8(ascii: "#")) ?? target.count
        let target = target.extracting(0..<end)
        let pathEnd = target.firstIndex(of: UInt8(ascii: "?")) ?? target.count
        guard pathEnd == 0 || target[0] == UInt8(ascii: "/") else {
            throw FSCacheError(
                .invalidURL,
                "The path “\(target.extracting(0..<pathEnd).excerpt)” must begin with a slash."
            )
        }
        append(path: target.extracting(0..<pathEnd), to: &output)
        guard pathEnd < target.count else { return }
        let mark = output.count
        output.append(UInt8(ascii: "?"))
        ParameterList(.query, ignoring: ignored, ignoredValues)
            .append(target.extracting((pathEnd + 1)..<target.count), to: &output)
        if output.count == mark + 1 { output.removeLast() }
    }
}
