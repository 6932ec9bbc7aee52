#if Proxy
import FSCache
import HTTPTypes
import NIOCore

/// The authorities by which a proxy can be reached on its own machine, so that it doesn't forward requests to itself.
///
/// A loop through any other name is detected when the request comes back; see ``HTTPFields/cameThrough(_:)``.
struct OwnAddresses: Sendable {
    private let authorities: Set<String>

    /// - Parameter address: The address that the proxy listens on.
    init(_ address: SocketAddress?) {
        guard let address, let port = address.port else {
            authorities = []
            return
        }
        var hosts = ["localhost", "127.0.0.1", "::1", address.ipAddress ?? ""]
        if ["0.0.0.0", "::"].contains(address.ipAddress) {
            let devices = (try? System.enumerateDevices()) ?? []
            hosts += devices.compactMap { $0.address?.ipAddress } + ["0.0.0.0", "::"]
        }
        var authorities = Set(hosts.map { $0.contains(":") ? "[\($0)]:\(port)" : "\($0):\(port)" })
        if port == 80 { authorities.formUnion(hosts.map { $0.contains(":") ? "[\($0)]" : $0 }) }
        self.authorities = authorities
    }

    /// Whether an authority means the proxy.
    func contains(_ authority: String) -> Bool { authorities.contains(authority.lowercased()) }
}

extension HTTPFields {
    /// The fields without those by which a gateway tells an origin about the client's connection and request.
    ///
    /// The proxy adds none, so all of them are claims of the client.
    var withoutForwarded: HTTPFields {
        contains { ForwardedFields.contain($0.name) } ? filter { !ForwardedFields.contain($0.name) } : self
    }

    /// Whether the message came through the proxy with this pseudonym.
    func cameThrough(_ pseudonym: String) -> Bool {
        contains { field in
            field.name == .via
                && field.value.split(separator: ",")
                    .contains { hop in hop.split { $0 == " " || $0 == "\t" }.dropFirst().first ?? "" == pseudonym }
        }
    }
}

/// The names of fields that gateways add: the client's address, and the URL and host that it asked for.
enum ForwardedFields {
    /// Whether a name is one of them for any origin.
    ///
    /// Many origins don't distinguish between hyphens, underscores and other punctuation, and some read a field from a
    /// variable of that name: `HTTP_CLIENT_IP`.
    static func contain(_ name: HTTPField.Name) -> Bool {
        let hyphen = UInt8(ascii: "-")
        let isPlain: (UInt8) -> Bool = {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), hyphen: true
            default: false
            }
        }
        var text = name.canonicalName
        if !text.utf8.allSatisfy(isPlain) {
            text = String(decoding: text.utf8.map { isPlain($0) ? $0 : hyphen }, as: UTF8.self)
        }
        return contain(text[...])
    }

    private static func contain(_ name: Substring) -> Bool {
        names.contains(String(name))
            || beginnings.contains { name.hasPrefix($0) }
            || ends.contains { name.hasSuffix($0) }
            || variables.contains { name.hasPrefix($0) && contain(name.dropFirst($0.count)) }
    }

    private static let variables = ["http-", "x-http-"]

    private static let beginnings = [
        "forwarded-", "remote-", "wl-proxy-", "x-accel-", "x-appengine-", "x-arr-", "x-envoy-", "x-forward-",
        "x-forwarded", "x-original", "x-originating-", "x-override-", "x-proxyuser-", "x-real-", "x-remote-",
        "x-replaced-", "x-rewrite-",
    ]

    private static let ends = ["-client-ip", "-connecting-ip", "-connection-ip"]

    private static let names: Set<String> = [
        "cf-connecting-ipv6", "cf-ipcountry", "cf-visitor", "client-ip", "cloudfront-forwarded-proto",
        "cloudfront-viewer-address", "fastly-orig-host", "fastly-ssl", "forwarded", "front-end-https",
        // CGI programs would take it for the proxy that they must use.
        "proxy",
        "x-azure-clientip", "x-azure-socketip", "x-backend-host", "x-base-url", "x-client-host",
        "x-custom-ip-authorization", "x-host", "x-host-override", "x-http-destinationurl", "x-http-host-override",
        "x-https",
        "x-path-info", "x-proto", "x-proxy-url", "x-request-uri", "x-scheme", "x-script-name", "x-sendfile-type",
        "x-server-name", "x-ssl", "x-uri", "x-url-scheme",
    ]
}

// These literals are tokens, so none of them is nil.
extension HTTPField.Name {
    static let host = HTTPField.Name("Host")!
    static let maxForwards = HTTPField.Name("Max-Forwards")!
    static let via = HTTPField.Name("Via")!
}
#endif
