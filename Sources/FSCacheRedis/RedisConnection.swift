#if Redis
internal import CHiredis
internal import Foundation

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

// The system call, because a method here has the same name.
private let systemSend = unsafe send

/// A connection to a server, whose methods block, up to a deadline.
///
/// hiredis connects and reads the replies. Commands are sent without it, because its way of writing ends the process with
/// `SIGPIPE` when the server has closed the connection.
///
/// One operation at a time uses it.
// Sendable, because it has one owner, and threads only pass it on: `RedisServer` takes it out of its idle connections under a
// lock, and puts it back when the operation has ended.
@safe final class RedisConnection: @unchecked Sendable {
    private let context: UnsafeMutablePointer<redisContext>

    /// Connects, authenticates, and selects the database.
    init(to address: RedisAddress, _ settings: RedisSettings, by deadline: ContinuousClock.Instant) throws(RedisError) {
        let limit = timeval(deadline.remaining)
        let context: UnsafeMutablePointer<redisContext>? =
            switch address {
            case .tcp(let host, let port): unsafe redisConnectWithTimeout(host, Int32(port), limit)
            case .socket(let path): unsafe redisConnectUnixWithTimeout(path, limit)
            }
        guard let context = unsafe context else { throw .outage("there is no memory for a connection") }
        unsafe self.context = context
        guard unsafe context.pointee.err == 0 else { throw .outage("can't connect: \(problem)") }
        // hiredis connects in blocking mode. From here on, waiting is done with poll, which keeps the deadline.
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        if case .tcp = address { _ = unsafe redisEnableKeepAlive(context) }
        unsafe context.pointee.flags &= ~REDIS_BLOCK
        try logIn(settings, by: deadline)
    }

    deinit {
        unsafe redisFree(context)
    }

    private func logIn(_ settings: RedisSettings, by deadline: ContinuousClock.Instant) throws(RedisError) {
        var commands = RedisCommands()
        if let password = settings.password {
            commands.append(["AUTH"] + (settings.user.map { [.text($0)] } ?? []) + [.text(password)])
        }
        commands.append("SELECT", .init(settings.database))
        for reply in try exchange(commands, by: deadline) {
            if let outage = RedisError(outage: reply) { throw outage }
            // A wrong password of a server before version 6, or a database that doesn't exist.
            if let message = reply.error { throw .outage(message) }
        }
    }

    /// Whether the server has not closed the idle connection.
    var isUsable: Bool { !isReady(for: POLLIN, by: .now) }

    /// Sends commands and reads their replies.
    ///
    /// After an error, the connection can't be used any more.
    func exchange(
        _ commands: RedisCommands,
        by deadline: ContinuousClock.Instant
    ) throws(RedisError) -> [RedisReply] {
        var exchange = RedisExchange(commands)
        guard try advance(&exchange, until: deadline) else { throw .late }
        return exchange.replies
    }

    /// Sends the rest of the commands and reads the other replies.
    ///
    /// After an error, the connection can't be used any more.
    ///
    /// - Returns: Whether the exchange is complete. If not, the time has passed, and the exchange can be continued.
    func advance(
        _ exchange: inout RedisExchange,
        until deadline: ContinuousClock.Instant
    ) throws(RedisError) -> Bool {
        guard try send(&exchange, until: deadline) else { return false }
        while exchange.replies.count < exchange.commands.count {
            guard let reply = try readReply(by: deadline) else { return false }
            exchange.replies.append(reply)
        }
        return true
    }

    private func send(
        _ exchange: inout RedisExchange,
        until deadline: ContinuousClock.Instant
    ) throws(RedisError) -> Bool {
        let bytes = exchange.commands.bytes
        while exchange.sentCount < bytes.count {
            let sentCount = exchange.sentCount
            #if canImport(Darwin)
            let flags = MSG_DONTWAIT
            #else
            let flags = Int32(MSG_NOSIGNAL)
            #endif
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe systemSend(descriptor, bytes.baseAddress! + sentCount, bytes.count - sentCount, flags)
            }
            if count >= 0 {
                exchange.sentCount += count
            } else if errno == EAGAIN {
                guard isReady(for: POLLOUT, by: deadline) else { return false }
            } else if errno != EINTR {
                throw .outage("the connection broke: \(unsafe String(cString: strerror(errno)))")
            }
        }
        return true
    }

    /// Reads a reply; `nil` at the deadline.
    private func readReply(by deadline: ContinuousClock.Instant) throws(RedisError) -> RedisReply? {
        while true {
            var raw: UnsafeMutableRawPointer?
            guard unsafe redisGetReplyFromReader(context, &raw) == REDIS_OK else {
                throw .outage("the reply can't be read: \(problem)")
            }
            if let raw = unsafe raw {
                defer { unsafe freeReplyObject(raw) }
                return unsafe RedisReply(raw.assumingMemoryBound(to: redisReply.self))
            }
            guard isReady(for: POLLIN, by: deadline) else { return nil }
            guard unsafe redisBufferRead(context) == REDIS_OK else { throw .outage("the connection broke: \(problem)") }
        }
    }

    /// Waits until the socket can be read or written, or is broken; `false` at the deadline.
    private func isReady(for events: Int32, by deadline: ContinuousClock.Instant) -> Bool {
        var waiting = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        while true {
            let remaining = deadline.remaining
            #if canImport(Darwin)
            let count = unsafe poll(&waiting, 1, Int32(min(remaining.milliseconds, Int(Int32.max))))
            #else
            let (seconds, attoseconds) = remaining.components
            var limit = timespec(tv_sec: numericCast(seconds), tv_nsec: numericCast(attoseconds / 1_000_000_000))
            let count = unsafe ppoll(&waiting, 1, &limit, nil)
            #endif
            if count < 0, errno == EINTR { continue }
            return count != 0
        }
    }

    private var descriptor: Int32 { unsafe context.pointee.fd }

    /// The description of the last error.
    private var problem: String {
        unsafe withUnsafeBytes(of: context.pointee.errstr) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}

/// Commands that are being sent, and their replies.
struct RedisExchange: Sendable {
    let commands: RedisCommands
    fileprivate(set) var replies: [RedisReply] = []
    fileprivate var sentCount = 0

    init(_ commands: RedisCommands) {
        self.commands = commands
        replies.reserveCapacity(commands.count)
    }
}

extension RedisError {
    static let late = RedisError.outage("there was no reply in time")
}

extension timeval {
    fileprivate init(_ duration: Duration) {
        // hiredis takes zero for no limit.
        let (seconds, attoseconds) = max(duration, .milliseconds(1)).components
        self.init(tv_sec: numericCast(seconds), tv_usec: numericCast(attoseconds / 1_000_000_000_000))
    }
}

extension ContinuousClock.Instant {
    /// The time from now until then; zero if that has passed.
    fileprivate var remaining: Duration { max(.zero, self - .now) }
}

extension Duration {
    /// The duration in milliseconds, rounded up.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
#endif
