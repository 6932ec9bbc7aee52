#if Redis
public import FSCache
internal import Foundation

/// Keeps entries in Redis or Valkey, so that many processes and machines share one cache.
///
/// ```swift
/// let session = try CachedSession("shop", backend: .redis("redis://:secret@cache.example.com:6379/0"))
/// ```
///
/// It keeps the promises of the filesystem backend: entries are read completely or not at all, each key has one entry,
/// undecodable entries are set aside, and large entries are read and written in pieces. Operations wait for the network on
/// threads of their own, and no longer than ``RedisSettings/timeout``. Only the replies of a server nearby, which come within
/// 0.2 milliseconds, are waited for on the calling thread. While the server is lost, operations throw at once; the session
/// answers from the origin and tries the server again after a pause that grows up to 30 seconds.
///
/// The server removes entries by itself when they have been stale for ``RedisSettings/expiryOffset``. If its memory is
/// limited and its policy allows it, it also evicts entries at any time.
public final class RedisBackend: StreamingBackend, QuarantiningBackend, ComparingBackend, ClearableBackend,
    LeasingBackend
{
    /// The settings.
    public let settings: RedisSettings
    let servers: RedisServers
    /// The largest entry that is read as a whole, so that no entry can exhaust the memory.
    private static let wholeByteLimit = 1 << 30
    private let now: @Sendable () -> Date

    /// Prepares a store.
    ///
    /// It connects when it is first used, so the server need not run yet.
    ///
    /// - Parameter settings: The server, and what is stored there.
    /// - Throws: ``/FSCache/FSCacheError`` with `invalidSetting`.
    public convenience init(_ settings: RedisSettings) throws(FSCacheError) {
        try self.init(settings, now: { Date() })
    }

    /// Prepares a store.
    ///
    /// It connects when it is first used, so the server need not run yet.
    ///
    /// - Parameter url: The URL of the database, in the form that ``RedisSettings/init(url:)`` describes.
    /// - Throws: ``/FSCache/FSCacheError`` with `invalidSetting`.
    public convenience init(_ url: String) throws(FSCacheError) {
        try self.init(RedisSettings(url: url))
    }

    init(_ settings: RedisSettings, now: @escaping @Sendable () -> Date) throws(FSCacheError) {
        try settings.check()
        self.settings = settings
        self.servers = RedisServers(settings)
        self.now = now
    }

    /// Reads an entry.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The entry, or `nil` if there is none.
    /// - Throws: ``/FSCache/FSCacheError`` with `storeFailed`, `storeUnavailable` or `closed`.
    public func read(_ key: CacheKey) async throws -> EncodedEntry? {
        guard let reader = try await find(key) else { return nil }
        guard reader.byteCount <= Self.wholeByteLimit else {
            throw FSCacheError(.storeFailed, "The entry is larger than 1 GiB, and can only be read in pieces.")
        }
        return EncodedEntry(bytes: try await reader.readAll(), fileExtension: reader.fileExtension)
    }

    /// Writes an entry and replaces the previous one with its key.
    ///
    /// - Parameters:
    ///   - entry: The bytes and their format.
    ///   - key: The entry's key.
    /// - Throws: ``/FSCache/FSCacheError`` with `storeFailed`, such as when the server's memory is full, `storeUnavailable`
    ///   or `closed`. The previous entry is then still there.
    public func write(_ entry: EncodedEntry, for key: CacheKey) async throws {
        let writer = try await makeWriter(for: key, fileExtension: entry.fileExtension, expires: entry.expires)
        try await writer.append(entry.bytes)
        try await writer.commit()
    }

    /// Removes an entry, including one that was set aside.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: Whether there was one.
    /// - Throws: ``/FSCache/FSCacheError`` with `storeFailed`, `storeUnavailable` or `closed`.
    @discardableResult
    public func remove(_ key: CacheKey) async throws -> Bool {
        let keys = keys(key)
        return try await ask(RedisCommands(removing: keys), keys).first?.number != 0
    }

    /// Closes the connections, those in use after their operations.
    public func close() async {
        servers.close()
    }
}

extension RedisBackend {
    func keys(_ key: CacheKey) -> RedisKeys { RedisKeys(key, in: settings.namespace) }

    /// Sends commands that all must succeed.
    func ask(_ commands: RedisCommands, _ keys: RedisKeys) async throws -> [RedisReply] {
        try await servers.ask(commands, keys)
    }

    /// Finds an entry, with its first bytes.
    func find(_ key: CacheKey) async throws -> RedisEntryReader? {
        let keys = keys(key)
        var commands = RedisCommands("HMGET", .text(keys.entry), "id", "extension", "size", "bytes")
        // An entry that isn't in the index would be overlooked when its URL is invalidated, so it doesn't count. A
        // server that evicts keys may have evicted the index.
        commands.append("SISMEMBER", .text(keys.index), .text(keys.digits))
        let replies = try await ask(commands, keys)
        guard replies.count == 2, replies[1].number == 1, let fields = replies[0].elements, fields.count == 4,
            let id = fields[0].text
        else { return nil }
        guard let fileExtension = fields[1].text, let byteCount = fields[2].number, let first = fields[3].data,
            let layout = RedisBody.Layout(byteCount: byteCount, firstCount: first.count)
        else { throw FSCacheError(.storeFailed, "Redis has a damaged entry at \(keys.entry). Remove it.") }
        let body = RedisBody(id: id, keys: keys, servers: servers)
        if layout.partCount > 0 { try await body.require(layout.partCount) }
        return RedisEntryReader(body, fileExtension, byteCount: byteCount, first: first)
    }

    /// How long the server keeps an entry, in milliseconds; `nil` for ever.
    func timeToLive(until expires: Date?) -> Int? {
        guard let expires, let offset = settings.expiryOffset else { return nil }
        let offsetSeconds = Double(offset.milliseconds) / 1000
        // Redis counts milliseconds since 1970 in 64 bits, so a limit of 1000 years is far below an overflow.
        let seconds = min(max(0, expires.timeIntervalSince(now())) + offsetSeconds, 1000 * 365 * 86_400)
        return max(1, Int(seconds * 1000))
    }

    /// The time in milliseconds since 1970.
    var timestamp: Int { Int(now().timeIntervalSince1970 * 1000) }
}

extension RedisServers {
    /// Sends commands that all must succeed.
    func ask(_ commands: RedisCommands, _ keys: RedisKeys) async throws -> [RedisReply] {
        let replies = try await send(commands, toTag: keys.tag)
        for message in replies.lazy.compactMap(\.error) {
            throw FSCacheError(.storeFailed, "Redis can't access \(keys.entry): \(RedisError(refusal: message)).")
        }
        return replies
    }
}

extension RedisCommands {
    init(removing keys: RedisKeys) {
        self.init()
        append(removing: keys)
    }

    mutating func append(removing keys: RedisKeys) {
        append(
            RedisScript.remove.command(
                keys: [keys.entry, keys.aside, keys.index],
                .text(keys.digits),
                .init(RedisScript.bodyGrace),
                .text(keys.bodyPrefix)
            )
        )
    }
}
#endif
