#if Proxy
package import FSCache
import HTTPTypes

/// Where a proxy sends requests.
package enum ProxyTarget: Sendable {
    /// To one origin, as a gateway or reverse proxy (RFC 9110 §3.7).
    case origin(scheme: String, authority: String, path: String)
    /// To the origin in the client's absolute URL.
    case anywhere

    /// Sends all requests to one origin.
    ///
    /// - Parameter url: The URL of the origin. Its path is prepended to the paths of requests.
    /// - Throws: `FSCacheError` if it is not an absolute `http` or `https` URL, or has a query.
    package init(origin url: String) throws(FSCacheError) {
        let request = try HTTPRequest(url: url)
        guard let scheme = request.scheme, let authority = request.authority, let path = request.path,
            !path.contains("?"), !authority.contains("@")
        else {
            throw FSCacheError(
                .invalidURL,
                "\(url) can't be an origin: write a scheme, a host, and optionally a port and a path."
            )
        }
        self = .origin(scheme: scheme, authority: authority, path: path.hasSuffix("/") ? String(path.dropLast()) : path)
    }

    /// The scheme, host and port of the origin; empty for any.
    package var url: String {
        if case .origin(let scheme, let authority, _) = self { "\(scheme)://\(authority)" } else { "" }
    }

    /// The request for the origin, with the header fields of the client.
    func request(for incoming: ServerRequest) throws(Refusal) -> HTTPRequest {
        guard let method = HTTPRequest.Method(incoming.method) else {
            throw Refusal(.badRequest, "\(incoming.method) is not a valid method.")
        }
        if method == .connect {
            throw Refusal(
                .notImplemented,
                "CONNECT is rejected, because tunnelled responses can't be cached. Request http:// URLs, or start the "
                    + "proxy with --origin https://… and send requests to it."
            )
        }
        let hasHost = incoming.hosts.count == 1 || (incoming.isHTTP10 && incoming.hosts.isEmpty)
        guard hasHost else {
            throw Refusal(.badRequest, "A request needs one Host field, but this one has \(incoming.hosts.count).")
        }
        let url = try AbsoluteTarget(incoming.target)
        let scheme, authority: String
        var path: String
        switch self {
        case .origin(let originScheme, let originAuthority, let prefix):
            path = url?.path ?? incoming.target
            guard path.utf8.first == UInt8(ascii: "/") else {
                throw Refusal(.badRequest, "The request target is neither a path nor an http:// URL.")
            }
            if !prefix.isEmpty, TargetPath.climbs(path) {
                throw Refusal(.badRequest, "The dot segments of the path lead out of the folder that is served.")
            }
            path = prefix + path
            (scheme, authority) = (originScheme, originAuthority)
        case .anywhere:
            guard let url else {
                throw Refusal(
                    .badRequest,
                    "This is a forward proxy: send an absolute http:// URL, as clients do if it is their proxy "
                        + "(http_proxy=…). For a reverse proxy, start it with --origin URL."
                )
            }
            (scheme, authority, path) = ("http", url.authority, url.path)
        }
        // A URL can contain brackets only in its host, but clients send them in queries.
        if path.utf8.contains(where: { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "]") }) {
            path = path.replacing("[", with: "%5B").replacing("]", with: "%5D")
        }
        return HTTPRequest(
            method: method,
            scheme: scheme,
            authority: authority,
            path: path,
            headerFields: incoming.headerFields
        )
    }
}

/// The parts of a request target in absolute form (RFC 9112 §3.2.2).
private struct AbsoluteTarget {
    let authority: String
    let path: String

    /// Parses a target; `nil` if it is a path.
    init?(_ target: String) throws(Refusal) {
        guard target.utf8.first != UInt8(ascii: "/"), let separator = target.firstRange(of: "://") else { return nil }
        guard target[..<separator.lowerBound].lowercased() == "http" else {
            throw Refusal(.badRequest, "Only http:// URLs can be requested.")
        }
        let rest = target[separator.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.isEmpty, !authority.contains("@") else {
            throw Refusal(.badRequest, "The URL must have a host and no user.")
        }
        let path = rest.dropFirst(authority.count)
        self.authority = String(authority)
        self.path = path.hasPrefix("/") ? String(path) : "/\(path)"
    }
}
#endif
