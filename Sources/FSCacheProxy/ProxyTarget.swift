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

/// The path of a request, as lenient origins read it.
enum TargetPath {
    /// Whether some origin could take the path for one above the root.
    ///
    /// Origins disagree about escapes, backslashes, empty segments, and text after a semicolon. A segment counts as one
    /// that leads down only if it does for all of them, and as one that leads up if it does for any.
    ///
    /// - Parameter target: The path, with or without a query.
    static func climbs(_ target: String) -> Bool {
        var depth = 0
        for segment in target.utf8.prefix(while: { $0 != UInt8(ascii: "?") }).split(separator: UInt8(ascii: "/")) {
            let names = decoded(Array(segment)).split { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
                .map { $0.prefix { $0 != UInt8(ascii: ";") }.filter { $0 > 0x20 && $0 != 0x7F } }
            let upCount = names.count { $0.elementsEqual("..".utf8) }
            if upCount > 0 {
                depth -= upCount
            } else if names.contains(where: { !$0.isEmpty && !$0.elementsEqual(".".utf8) }) {
                depth += 1
            }
            if depth < 0 { return true }
        }
        return false
    }

    /// Octets without escapes, however often they were escaped, and with dots and separators in overlong UTF-8 as ASCII.
    private static func decoded(_ octets: [UInt8]) -> [UInt8] {
        var octets = octets
        while true {
            var decoded: [UInt8] = []
            var index = 0
            while index < octets.count {
                let text = String(decoding: octets[index...].dropFirst().prefix(2), as: UTF8.self)
                if octets[index] == UInt8(ascii: "%"), text.utf8.count == 2, let octet = UInt8(text, radix: 16) {
                    decoded.append(octet)
                    index += 3
                } else if [0xC0, 0xC1].contains(octets[index]), index + 1 < octets.count, octets[index + 1] & 0xC0 == 0x80 {
                    decoded.append((octets[index] & 1) << 6 | octets[index + 1] & 0x3F)
                    index += 2
                } else {
                    decoded.append(octets[index])
                    index += 1
                }
            }
            if decoded.count == octets.count { return decoded }
            octets = decoded
        }
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
