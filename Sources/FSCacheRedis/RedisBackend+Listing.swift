#if Redis
public import FSCache
internal import Foundation

extension RedisBackend {
    /// Lists entries on demand.
    ///
    /// With a prefix of eight digits or more, it asks for the keys of one URL, however large the store is, and lists up to
    /// about a thousand of them in order. With a shorter one, it goes through all keys of the database with `SCAN`, a thousand at a time. If
    /// many entries are removed meanwhile, Redis may list some of the others twice.
    ///
    /// - Parameter prefix: The first hexadecimal digits of the keys to list, in lower case. Empty for all keys.
    /// - Returns: The entries. The sequence throws the same errors as ``read(_:)``.
    public func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error> {
        let listing = RedisListing(prefix, in: self)
        return AsyncThrowingStream { try await listing.next() }
    }

    /// Removes every entry of the namespace, including those that were set aside.
    ///
    /// - Throws: ``/FSCache/FSCacheError`` with `storeFailed`, `storeUnavailable` or `closed`.
    public func removeAll() async throws {
        try servers.checkOpen()
        for server in try await servers.all() {
            var scan = RedisScan(server, pattern: RedisKeys.pattern("", in: settings.namespace))
            while let page = try await scan.next(servers) { try await remove(page, from: server) }
        }
    }

    private func remove(_ page: [String], from server: RedisServer) async throws {
        var commands = RedisCommands()
        for name in page {
            guard let parts = RedisKeys.parts(of: name, in: settings.namespace) else { continue }
            switch parts.kind {
            case .entry, .aside:
                if let key = CacheKey(parts.name) { commands.append(removing: keys(key)) }
            case .body: commands.append("PEXPIRE", .text(name), .init(RedisScript.bodyGrace))
            // An index goes with its last entry. Leases end by themselves.
            case .index, .lease: break
            }
        }
        guard commands.count > 0 else { return }
        for message in try await servers.send(commands, to: server).lazy.compactMap(\.error) {
            throw FSCacheError(.storeFailed, "Redis can't remove an entry: \(RedisError(refusal: message)).")
        }
    }
}

/// A walk through all keys of a server that match a pattern.
struct RedisScan: Sendable {
    private let server: RedisServer
    private let pattern: String
    /// `nil` at the end.
    private var cursor: String? = "0"

    init(_ server: RedisServer, pattern: String) {
        self.server = server
        self.pattern = pattern
    }

    /// The next keys, which may be none; `nil` at the end.
    mutating func next(_ servers: RedisServers) async throws -> [String]? {
        guard let cursor else { return nil }
        let commands = RedisCommands("SCAN", .text(cursor), "MATCH", .text(pattern), "COUNT", "1000")
        let reply = try await servers.send(commands, to: server).first
        return try advance(reply)
    }

    private mutating func advance(_ reply: RedisReply?) throws -> [String] {
        guard let (cursor, names) = reply?.page else {
            throw FSCacheError(.storeFailed, "Redis can't list its keys: \(RedisError(refusal: reply?.error ?? "")).")
        }
        self.cursor = cursor
        return names
    }
}

extension RedisReply {
    /// The next cursor, `nil` at the end, and the names, if this is a reply to `SCAN` or `SSCAN`.
    var page: (cursor: String?, names: [String])? {
        guard let parts = elements, parts.count == 2, let cursor = parts[0].text, let names = parts[1].elements else {
            return nil
        }
        return (cursor == "0" ? nil : cursor, names.compactMap(\.text))
    }
}
#endif
