#if Redis
/// Where a server listens.
enum RedisAddress: Sendable, Hashable, CustomStringConvertible {
    case tcp(host: String, port: Int)
    case socket(path: String)

    init(_ settings: RedisSettings) {
        self = settings.socketPath.map { .socket(path: $0) } ?? .tcp(host: settings.host, port: settings.port)
    }

    var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .socket(let path): path
        }
    }
}

/// The reply of a server of a cluster that doesn't have the key: `MOVED 3999 127.0.0.1:6381`.
struct RedisRedirection {
    let slot: Int
    let address: RedisAddress

    /// Reads a reply; `nil` if it is another one.
    ///
    /// - Parameters:
    ///   - reply: The reply.
    ///   - sender: The server that sent it. A redirection without a host means the same host.
    init?(_ reply: RedisReply, from sender: RedisAddress) {
        let parts = reply.error?.split(separator: " ") ?? []
        guard parts.count >= 3, parts[0] == "MOVED", let slot = Int(parts[1]), (0..<16384).contains(slot),
            let colon = parts[2].lastIndex(of: ":"), let port = Int(parts[2][parts[2].index(after: colon)...])
        else { return nil }
        self.slot = slot
        self.address = Self.address(String(parts[2][..<colon]), port, from: sender)
    }

    /// The address that a server tells of another one.
    static func address(_ host: String, _ port: Int, from sender: RedisAddress) -> RedisAddress {
        guard host.isEmpty else { return .tcp(host: host, port: port) }
        guard case .tcp(let host, _) = sender else { return .tcp(host: "127.0.0.1", port: port) }
        return .tcp(host: host, port: port)
    }

    /// The hash slot of a key with a tag in braces: CRC-16/XMODEM of the tag.
    static func slot(ofTag tag: String) -> Int {
        var remainder: UInt16 = 0
        for byte in tag.utf8 {
            remainder ^= UInt16(byte) << 8
            for _ in 0..<8 { remainder = remainder & 0x8000 == 0 ? remainder << 1 : remainder << 1 ^ 0x1021 }
        }
        return Int(remainder % 16384)
    }
}
#endif
