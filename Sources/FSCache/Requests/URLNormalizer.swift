internal import HTTPTypes

/// Writes URLs in normal form (RFC 3986 §6.2.2 and §6.2.3), as far as the settings want it.
///
/// It appends UTF-8 octets to a buffer. Text that is in normal form, the usual case, is copied in one piece.
enum URLNormalizer {
    /// Appends the absolute URL of a request.
    ///
    /// - Parameters:
    ///   - request: A request with scheme, authority and path.
    ///   - matching: The settings.
    ///   - purpose: The use of the URL.
    ///   - output: Receives the URL.
    /// - Throws: ``FSCacheError/Code/invalidURL``.
    static func append(
        urlOf request: HTTPRequest,
        _ matching: RequestMatching,
        for purpose: RequestMatching.Purpose,
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
            try append(target: unsafe bytes.span, matching, for: purpose, to: &output)
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
        _ matching: RequestMatching,
        for purpose: RequestMatching.Purpose,
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
        if matching.urlMatching.isNormalized || pathEnd == 0 {
            append(path: target.extracting(0..<pathEnd), to: &output)
        } else {
            output.append(target.extracting(0..<pathEnd))
        }
        guard pathEnd < target.count else { return }
        output.append(UInt8(ascii: "?"))
        let isEmptied = ParameterList(.query, matching, for: purpose)
            .append(target.extracting((pathEnd + 1)..<target.count), to: &output)
        // Drop the question mark if all parameters are ignored. An empty query keeps it.
        if isEmptied { output.removeLast() }
    }

    /// The request as it is sent, with its URL in the spelling that enters its key.
    static func wireForm(of request: HTTPRequest, _ matching: RequestMatching) throws(FSCacheError) -> HTTPRequest {
        var wire = request
        if let scheme = request.scheme, let authority = request.authority {
            let isSecure = try isSecureScheme(Array(scheme.utf8).span)
            var host: [UInt8] = []
            try append(authority: Array(authority.utf8).span, isSecure: isSecure, to: &host)
            wire.scheme = isSecure ? "https" : "http"
            wire.authority = String(decoding: host, as: UTF8.self)
            // It doesn't enter the key.
            if request.headerFields[.host] == authority { wire.headerFields[.host] = wire.authority }
        }
        if matching.urlMatching.isNormalized, let path = request.path {
            var target: [UInt8] = []
            try append(target: Array(path.utf8).span, matching, for: .wire, to: &target)
            wire.path = String(decoding: target, as: UTF8.self)
        }
        return wire
    }
}
