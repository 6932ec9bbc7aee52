#if Proxy
import NIOCore

/// The names under which a proxy is reached on the machine where it runs, so that it forwards nothing to itself.
///
/// Other names for it are found out when the request comes in again; see ``HTTPFields/cameThrough(_:)``.
struct OwnAddresses: Sendable {
    private let authorities: Set<String>

    /// Takes the address that is listened on.
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

    /// Whether an authority is the proxy.
    func contains(_ authority: String) -> Bool { authorities.contains(authority.lowercased()) }
}
#endif
