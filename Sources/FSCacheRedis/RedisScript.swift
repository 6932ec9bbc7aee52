#if Redis
/// Scripts that the server runs, each as one step that other clients see completely or not at all.
///
/// They are sent in full each time. That is hardly slower than sending their digests, and a server that was started again
/// needs no second attempt.
struct RedisScript: Sendable {
    private let text: String

    /// A command that runs the script.
    func command(keys: [String], _ arguments: RedisCommands.Argument...) -> [RedisCommands.Argument] {
        ["EVAL", .text(text), .init(keys.count)] + keys.map { .text($0) } + arguments
    }

    /// How long a body stays after its entry was replaced or removed, for those who are reading it, in milliseconds.
    static let bodyGrace = 60_000

    /// Stores an entry whose body, if it has one, has been written.
    ///
    /// - Keys: entry, index, body, aside.
    /// - Arguments: digits, id, extension, size, time, first bytes, number of parts in the body, milliseconds to live or
    ///   0, grace, body prefix, and the id of the entry to replace: `any`, or `none` if there must be none.
    /// - Returns: Whether the entry was stored: `stored`, `incomplete` if parts of the body are missing, or `changed` if
    ///   another entry was to be replaced.
    ///
    /// The first write is the one that a full memory refuses; after that, the server accepts all others.
    static let write = RedisScript(
        text: """
            local parts, ttl = tonumber(ARGV[7]), tonumber(ARGV[8])
            if parts > 0 and redis.call('HLEN', KEYS[3]) ~= parts then return 'incomplete' end
            local old = redis.call('HGET', KEYS[1], 'id')
            if ARGV[11] == 'none' then
                if old and redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 1 then return 'changed' end
            elseif ARGV[11] ~= 'any' and ARGV[11] ~= old then
                return 'changed'
            end
            redis.call('HSET', KEYS[1], 'id', ARGV[2], 'extension', ARGV[3], 'size', ARGV[4], 'modified', ARGV[5],
                'bytes', ARGV[6])
            if old then redis.call('PEXPIRE', ARGV[10] .. old, ARGV[9]) end
            redis.call('SADD', KEYS[2], ARGV[1])
            if ttl == 0 then
                for i = 1, 3 do redis.call('PERSIST', KEYS[i]) end
                return 'stored'
            end
            redis.call('PEXPIRE', KEYS[1], ttl)
            redis.call('PEXPIRE', KEYS[3], ttl)
            local rest = redis.call('PTTL', KEYS[2])
            local isAlone = redis.call('SCARD', KEYS[2]) == 1 and redis.call('EXISTS', KEYS[4]) == 0
            if isAlone or (rest >= 0 and rest < ttl) then redis.call('PEXPIRE', KEYS[2], ttl) end
            return 'stored'
            """
    )

    /// Removes an entry and the one that was set aside.
    ///
    /// - Keys: entry, aside, index.
    /// - Arguments: digits, grace, body prefix.
    /// - Returns: How many there were.
    static let remove = RedisScript(
        text: """
            local count = 0
            for i = 1, 2 do
                local id = redis.call('HGET', KEYS[i], 'id')
                if id then
                    redis.call('PEXPIRE', ARGV[3] .. id, ARGV[2])
                    count = count + redis.call('DEL', KEYS[i])
                end
            end
            redis.call('SREM', KEYS[3], ARGV[1])
            return count
            """
    )

    /// Removes an entry if it has not been replaced, but not the one that was set aside.
    ///
    /// - Keys: entry, aside, index.
    /// - Arguments: digits, id, grace, body prefix.
    /// - Returns: How many were removed.
    static let removeUnchanged = RedisScript(
        text: """
            if redis.call('HGET', KEYS[1], 'id') ~= ARGV[2] then return 0 end
            redis.call('PEXPIRE', ARGV[4] .. ARGV[2], ARGV[3])
            redis.call('DEL', KEYS[1])
            if redis.call('EXISTS', KEYS[2]) == 0 then redis.call('SREM', KEYS[3], ARGV[1]) end
            return 1
            """
    )

    /// Sets an entry aside if it has not been replaced.
    ///
    /// - Keys: entry, aside, index.
    /// - Arguments: digits, id, grace, body prefix.
    static let setAside = RedisScript(
        text: """
            if redis.call('HGET', KEYS[1], 'id') ~= ARGV[2] then return 0 end
            local old = redis.call('HGET', KEYS[2], 'id')
            if old then redis.call('PEXPIRE', ARGV[4] .. old, ARGV[3]) end
            redis.call('RENAME', KEYS[1], KEYS[2])
            redis.call('SADD', KEYS[3], ARGV[1])
            local ttl, rest = redis.call('PTTL', KEYS[2]), redis.call('PTTL', KEYS[3])
            if ttl < 0 then
                redis.call('PERSIST', KEYS[3])
            elseif rest >= 0 and rest < ttl then
                redis.call('PEXPIRE', KEYS[3], ttl)
            end
            return 1
            """
    )

    /// Removes keys from the index whose entries have expired or were evicted.
    ///
    /// - Keys: index.
    /// - Arguments: the beginnings of the keys of entries and of those set aside, and the digits to look at.
    static let prune = RedisScript(
        text: """
            for i = 3, #ARGV do
                if redis.call('EXISTS', ARGV[1] .. ARGV[i], ARGV[2] .. ARGV[i]) == 0 then
                    redis.call('SREM', KEYS[1], ARGV[i])
                end
            end
            return 0
            """
    )

    /// Ends a lease, unless it belongs to somebody else.
    ///
    /// - Keys: lease.
    /// - Arguments: token.
    static let release = RedisScript(
        text: "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
    )
}
#endif
