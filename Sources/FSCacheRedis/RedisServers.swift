#if Redis
internal import FSCache
internal import Synchronization

/// The server, or the servers of a cluster, which are found by following their redirections.
final class RedisServers: Sendable {
    private struct State {
        var servers: [RedisAddress: RedisServer]
        /// The server of each hash slot of a cluster, as far as it is known.
        var addresses: [Int: RedisAddress] = [:]
        var isClosed = false
    }

    private let settings: RedisSettings
    /// The server in the settings.
    private let first: RedisServer
    private let state: Mutex<State>

    init(_ settings: RedisSettings) {
        self.settings = settings
        let first = RedisServer(RedisAddress(settings), settings)
        self.first = first
        self.state = Mutex(State(servers: [first.address: first]))
    }

    /// Sends commands to the server that has the keys with a tag.
    ///
    /// - Parameters:
    ///   - commands: The commands. If the server isn't the right one, they are sent again to another one.
    ///   - tag: The part of the keys in braces.
    /// - Returns: A reply for each command.
    /// - Throws: ``FSCacheError``.
    func send(_ commands: RedisCommands, toTag tag: String) async throws -> [RedisReply] {
        var server = server(ofTag: tag)
        // A slot that moves while the commands are sent again takes one more redirection.
        for _ in 0..<4 {
            let replies = try await send(commands, to: server)
            guard let redirection = replies.lazy.compactMap({ RedisRedirection($0, from: server.address) }).first else {
                return replies
            }
            server = try follow(redirection)
        }
        throw FSCacheError(.storeFailed, "The servers of the Redis cluster redirect in a circle.")
    }

    /// Sends commands to one server.
    func send(_ commands: RedisCommands, to server: RedisServer) async throws -> [RedisReply] {
        try checkOpen()
        do {
            return try await server.send(commands)
        } catch let error as RedisError {
            forget(server.address)
            throw FSCacheError(.storeFailed, "Redis at \(server.address): \(error)")
        }
    }

    /// The servers that together have all keys.
    func all() async throws -> [RedisServer] {
        let server = anyServer()
        guard let reply = try await send(RedisCommands("CLUSTER", "SLOTS"), to: server).first else { return [] }
        if let message = reply.error {
            guard message.contains("cluster support disabled") else {
                throw FSCacheError(.storeFailed, "Redis at \(server.address): \(RedisError(refusal: message))")
            }
            return [server]
        }
        // Each range of slots: its first and last slot, the primary and its replicas.
        let primaries = (reply.elements ?? []).compactMap { range -> RedisAddress? in
            guard let range = range.elements, range.count > 2, let primary = range[2].elements, primary.count > 1,
                let port = primary[1].number
            else { return nil }
            return RedisRedirection.address(primary[0].text ?? "", port, from: server.address)
        }
        return try Set(primaries).map { try self.server(at: $0) }
    }

    func close() {
        let servers = state.withLock { state in
            state.isClosed = true
            return Array(state.servers.values)
        }
        for server in servers { server.close() }
    }

    func checkOpen() throws(FSCacheError) {
        guard !state.withLock({ $0.isClosed }) else {
            throw FSCacheError(.closed, "The Redis store has been closed.")
        }
    }

    private func server(ofTag tag: String) -> RedisServer {
        let known = state.withLock { state in
            // Without a cluster, the slot need not be computed.
            state.addresses.isEmpty
                ? nil : state.addresses[RedisRedirection.slot(ofTag: tag)].flatMap { state.servers[$0] }
        }
        if let known { return known }
        return anyServer()
    }

    /// The server in the settings or, while that is lost, another one of the cluster.
    private func anyServer() -> RedisServer {
        guard !first.isAvailable else { return first }
        return state.withLock { $0.servers.values.first { $0.isAvailable } } ?? first
    }

    private func server(at address: RedisAddress) throws(FSCacheError) -> RedisServer {
        try checkOpen()
        return state.withLock { state in
            if let known = state.servers[address] { return known }
            let server = RedisServer(address, settings)
            state.servers[address] = server
            return server
        }
    }

    private func follow(_ redirection: RedisRedirection) throws(FSCacheError) -> RedisServer {
        let server = try server(at: redirection.address)
        state.withLock { $0.addresses[redirection.slot] = redirection.address }
        return server
    }

    /// Forgets which slots a lost server had, because another one may have them now.
    private func forget(_ address: RedisAddress) {
        state.withLock { state in
            guard !state.addresses.isEmpty else { return }
            state.addresses = state.addresses.filter { $0.value != address }
        }
    }
}
#endif
