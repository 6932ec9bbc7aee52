#if Redis
internal import FSCache

/// A failure of a server, or of the connection to it.
struct RedisError: Error, CustomStringConvertible {
    /// Whether the server is lost, and didn't only refuse one operation.
    var isOutage: Bool
    var description: String

    /// A server can't be reached, or its replies can't be read.
    static func outage(_ description: String) -> RedisError { RedisError(isOutage: true, description: description) }

    /// The reply of a server that can't do its work now.
    init?(outage reply: RedisReply) {
        let outages = [
            "LOADING", "MASTERDOWN", "CLUSTERDOWN", "BUSY", "NOAUTH", "WRONGPASS", "ERR max number of clients",
        ]
        guard let message = reply.error, outages.contains(where: message.hasPrefix) else { return nil }
        self = .outage(Self.explained(message))
    }

    /// A refused command.
    init(refusal message: String) {
        self.init(isOutage: false, description: Self.explained(message))
    }

    private init(isOutage: Bool, description: String) {
        self.isOutage = isOutage
        self.description = description
    }

    private static func explained(_ message: String) -> String {
        let remedies = [
            "OOM": "the server's memory is full. Raise its maxmemory, or set maxmemory-policy to allkeys-lru",
            "WRONGTYPE": "the key holds a value of another program. Use another namespace",
            "READONLY": "the server is a read-only replica. Connect to its primary",
            "NOPERM": "the user lacks a permission. See the server's ACL",
            "NOAUTH": "the server needs a password",
            "WRONGPASS": "the user or the password is wrong",
            "ASK": "the key's slot is being moved to another server, and can be used after that",
            "TRYAGAIN": "the key's slot is being moved to another server, and can be used after that",
        ]
        let code = message.prefix { $0 != " " }
        return remedies[String(code)].map { "\($0) (\(message))" } ?? message
    }
}
#endif
