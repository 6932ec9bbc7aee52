#if Redis
internal import FSCache
internal import Foundation

/// The bytes of a large entry after its first ones, in parts of equal size.
struct RedisBody: Sendable {
    /// The size of a part, and of the first bytes of an entry that has parts.
    static let partByteCount = 256 << 10
    /// How many parts are sent or read with one operation, so that each takes a bounded time.
    static let partsPerOperation = 4
    /// How long the parts of an unfinished entry stay after the last one was written, in milliseconds.
    static let unfinishedGrace = 600_000

    /// The sizes of an entry's first bytes and of its body.
    struct Layout {
        let partCount: Int

        /// - Returns: `nil` if the sizes contradict each other.
        init?(byteCount: Int, firstCount: Int) {
            let isWhole = byteCount == firstCount
            guard isWhole || byteCount > firstCount && firstCount == RedisBody.partByteCount else { return nil }
            partCount = (byteCount - firstCount + RedisBody.partByteCount - 1) / RedisBody.partByteCount
        }
    }

    /// The random name of the entry's body, which differs for each write.
    let id: String
    let keys: RedisKeys
    let servers: RedisServers

    /// Checks that the body is there, and keeps it for a while.
    func require(_ partCount: Int) async throws {
        var commands = RedisCommands("HLEN", .text(keys.body(id)))
        commands.append("PTTL", .text(keys.body(id)))
        let replies = try await servers.ask(commands, keys)
        guard replies.first?.number == partCount else { throw missing }
        try await keep(replies.last?.number)
    }

    /// Reads parts.
    ///
    /// - Parameter numbers: The numbers of the parts. Those after the first bytes begin with 1.
    /// - Returns: The bytes of each part.
    /// - Throws: ``FSCacheError``.
    func parts(_ numbers: Range<Int>) async throws -> [Data] {
        var commands = RedisCommands()
        commands.append(["HMGET", .text(keys.body(id))] + numbers.map { .init($0) })
        commands.append("PTTL", .text(keys.body(id)))
        let replies = try await servers.ask(commands, keys)
        let parts = (replies.first?.elements ?? []).compactMap(\.data)
        guard parts.count == numbers.count else { throw missing }
        try await keep(replies.last?.number)
        return parts
    }

    /// Writes parts.
    ///
    /// - Parameters:
    ///   - parts: The bytes of the parts.
    ///   - number: The number of the first one.
    /// - Throws: ``FSCacheError``.
    func write(_ parts: [Data], from number: Int) async throws {
        var commands = RedisCommands()
        for (index, part) in parts.enumerated() {
            commands.append("HSET", .text(keys.body(id)), .init(number + index), .bytes(part))
        }
        commands.append("PEXPIRE", .text(keys.body(id)), .init(Self.unfinishedGrace))
        _ = try await servers.ask(commands, keys)
    }

    /// Removes the parts of an entry that was not finished.
    func remove() async throws {
        _ = try await servers.ask(RedisCommands("UNLINK", .text(keys.body(id))), keys)
    }

    /// Keeps a body that is about to go, while it is being read.
    private func keep(_ remaining: Int?) async throws {
        guard let remaining, (0..<RedisScript.bodyGrace / 2).contains(remaining) else { return }
        _ = try await servers.ask(
            RedisCommands("PEXPIRE", .text(keys.body(id)), .init(RedisScript.bodyGrace)),
            keys
        )
    }

    private var missing: FSCacheError {
        FSCacheError(
            .storeFailed,
            "Redis has lost a part of the entry at \(keys.entry). A server with little memory may have evicted it."
        )
    }
}
#endif
