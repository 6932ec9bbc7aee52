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
    /// The fields without those for the next hop only (RFC 9110 §7.6.1).
    var endToEnd: HTTPFields {
        guard contains(where: { StorableFields.isOfConnection($0.name) }) else { return self }
        let listed = StorableFields.connectionOptions(of: self)
        return filter { !StorableFields.isOfConnection($0.name) && !listed.contains($0.name.canonicalName) }
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

// These literals are tokens, so none of them is nil.
extension HTTPField.Name {
    static let host = HTTPField.Name("Host")!
    static let maxForwards = HTTPField.Name("Max-Forwards")!
    static let via = HTTPField.Name("Via")!
}
#endif
