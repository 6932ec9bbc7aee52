#if Stores
import Foundation

/// The servers that scripts/bench-stores starts.
enum StoreServer {
    /// The URL of a Redis server, in the environment variable `REDIS_URL`.
    static var redis: String { get throws { try variable("REDIS_URL") } }
    /// The URL of a database of a MongoDB server, in the environment variable `MONGODB_URL`.
    static var mongoDB: String { get throws { try variable("MONGODB_URL") } }

    /// Thrown when the address of a server is missing.
    struct Missing: Error, CustomStringConvertible {
        var name: String
        var description: String { "\(name) is not set. scripts/bench-stores starts the servers and sets it." }
    }

    private static func variable(_ name: String) throws -> String {
        guard let value = ProcessInfo.processInfo.environment[name] else { throw Missing(name: name) }
        return value
    }
}
#endif
