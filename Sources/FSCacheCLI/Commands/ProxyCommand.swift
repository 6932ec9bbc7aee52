import ArgumentParser
import FSCache

#if Proxy
import FSCacheProxy
import Serializers

struct ProxyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proxy",
        abstract: "Serve programs in any language through the cache.",
        discussion: """
            An HTTP/1.1 proxy that caches by the rules of RFC 9111: what responses say about their freshness counts. \
            With --origin it stands before that origin. Without, it goes wherever clients ask it to, by absolute \
            http:// URLs, as programs do that find it in http_proxy. CONNECT, and so https through such a proxy, is \
            refused: what goes through a tunnel can't be cached.

            What the origin sends is what the client gets: no redirect is followed, no cookie kept, no content decoded. \
            Only informational responses are not passed on.

            --record makes a cache of fixtures for tests: each request goes to the origin, and its response is stored, \
            whatever its method and status are. --replay answers from it, and from nothing else; to what is not stored \
            the answer is 504, with the nearest request that is. Both leave conditions, ranges and cache directives of \
            requests aside. As everywhere, credentials and --ignore don't tell requests apart there.

            Responses that were served lately stay in memory, 8 MiB of them, and are served from there while their \
            files are the same.

            Where the origin can't be reached, a stale response is served unless the response forbids it, or else 504.

            Each request is a line on standard error: method, target, status, 'hit' or why not, and milliseconds.

            SIGTERM and SIGINT end it: no more connections are taken, and requests under way have some time to end.

            EXAMPLES:
              fscache proxy --origin https://api.example.com
              fscache proxy --listen 127.0.0.1:3128 --cache proxied --private
              fscache proxy --origin https://example.com --cache fixtures --record
              fscache proxy --origin https://example.com --cache fixtures --replay

            EXIT CODES:
              0    ended by a signal
              1    it can't listen, as standard error says
              64   the command line can't be understood
            """
    )

    enum Sharing: EnumerableFlag {
        case shared
        case `private`

        static func help(for value: Sharing) -> ArgumentHelp? {
            switch value {
            case .shared: "Cache for more than one user: nothing that is private. (default)"
            case .private: "Cache for one user: what is private as well."
            }
        }
    }

    enum Source: EnumerableFlag {
        case record
        case replay
        case offline

        static func help(for value: Source) -> ArgumentHelp? {
            switch value {
            case .record: "Ask the origin each time, and store all it says."
            case .replay: "Serve what is stored, however old, and nothing else."
            case .offline: "Serve what is stored by the rules of caching, and nothing else."
            }
        }
    }

    @Option(
        help: ArgumentHelp(
            "Where to listen; port 0 is any that is free. (default: 127.0.0.1:8080)",
            discussion: "Whoever reaches it can use it: without --origin, to reach what this machine reaches.",
            valueName: "host:port"
        ),
        transform: ListenAddress.init(argument:)
    )
    var listen: ListenAddress?

    @Option(
        help: ArgumentHelp("The one origin to stand before; paths come after its own.", valueName: "url"),
        transform: ProxyTarget.init(argument:)
    )
    var origin: ProxyTarget?

    @OptionGroup var options: CacheOptions

    @Flag(exclusivity: .exclusive)
    var source: Source?

    @Flag(exclusivity: .exclusive)
    var sharing: Sharing = .shared

    @Option(
        help: ArgumentHelp("The format of new entries: \(SerializerChoice.help). (default: native)", valueName: "name"),
        completion: .list(SerializerChoice.names),
        transform: SerializerChoice.init(argument:)
    )
    var serializer: SerializerChoice?

    @Flag(help: "Let what the response says about its freshness come first. This is the default.")
    var cacheControl = false

    @Option(
        help: ArgumentHelp(
            "How long responses may be used that say nothing about it: 300, 5m, 2h, 7d, never, immediately or none.",
            discussion: "The default is a tenth of the time since they were last modified, if they tell that.",
            valueName: "age"
        ),
        completion: .list(["5m", "1h", "1d", "never", "immediately", "none"]),
        transform: Expiration.init(argument:)
    )
    var expireAfter: Expiration?

    @Option(
        help: ArgumentHelp(
            "Take a stale response if the origin fails. The age may be left out: however stale.",
            valueName: "age"
        ),
        transform: StaleAllowance.init(argument:)
    )
    var staleIfError: StaleAllowance?

    @OptionGroup var matching: MatchingOptions

    @Flag(help: "Store nothing, and make no cache where there is none.")
    var readOnly = false

    @Option(
        help: ArgumentHelp("How long the origin may be silent: 30, 5m. (default: 60)", valueName: "age"),
        transform: Age.init(argument:)
    )
    var timeout: Age?

    @Option(
        help: ArgumentHelp("How long requests have to end after a signal: 30, 5m. (default: 10)", valueName: "age"),
        transform: Age.init(argument:)
    )
    var grace: Age?

    @Option(help: ArgumentHelp("How many threads serve connections. (default: one for each core)", valueName: "count"))
    var threads: Int?

    @Flag(name: .shortAndLong, help: "Write no line for each request.")
    var quiet = false

    func validate() throws {
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads takes 1 to 1024.") }
        if source == .record, readOnly { throw ValidationError("--record stores, and --read-only does not.") }
    }

    private var mode: ProxyMode {
        switch source {
        case .record: .record
        case .replay: .replay
        case .offline: .offline
        case nil: .normal
        }
    }

    func run() async throws {
        let signal = TerminationSignal()
        if let threads { ProxyServer.useThreads(threads) }
        let settings = settings
        let opened = try OpenCache(
            options,
            for: settings.isReadOnly ? .looking : .fetching,
            serializer: serializer?.serializer ?? .native,
            settings: settings
        )
        if !mode.asksOrigin { opened.tellIfMissing() }
        let session =
            mode.asksOrigin
            ? CachedSession(cache: opened.cache, transport: .origin(timeout: timeout?.duration ?? .seconds(60)))
            : CachedSession(cache: opened.cache, transport: OfflineTransport())
        let lines = BufferedLines()
        defer { lines.flush() }
        let log: AccessLog = { line in lines.append(line) }
        let server = try await server(session, log: quiet ? nil : log)
        StandardStreams.tell("Listening on \(server.url).\n")
        try await server.run(until: { await signal.wait() }, grace: grace?.duration ?? .seconds(10))
    }

    private func server(_ session: CachedSession, log: AccessLog?) async throws -> ProxyServer {
        let address = try listen ?? ListenAddress(argument: "127.0.0.1:8080")
        do {
            return try await ProxyServer(
                host: address.host,
                port: address.port,
                target: origin ?? .anywhere,
                mode: mode,
                session: session,
                log: log
            )
        } catch {
            throw CommandError("Can't listen on \(address.host) port \(address.port): \(error)")
        }
    }

    private var settings: CacheSettings {
        var settings = mode.settings(isShared: sharing == .shared)
        settings.ignoredParameters += matching.ignore
        settings.matchHeaders = matching.matching.matchHeaders
        settings.isReadOnly = settings.isReadOnly || readOnly
        if let staleIfError { settings.staleIfError = staleIfError }
        if let expireAfter {
            settings.expireAfter = expireAfter
            settings.usesHeuristicFreshness = false
        }
        return settings
    }
}

extension ProxyTarget {
    /// Reads what `--origin` is given.
    fileprivate init(argument: String) throws {
        do {
            try self.init(origin: argument)
        } catch {
            throw ValidationError(error.message)
        }
    }
}

extension Age {
    /// Reads what `--timeout` and `--grace` are given.
    fileprivate init(argument: String) throws {
        guard let age = Age(argument) else { throw ValidationError(Self.advice) }
        self = age
    }
}
#else
/// Says what is missing, in place of the proxy.
struct ProxyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proxy",
        abstract: "Serve programs in any language through the cache (not in this build).",
        discussion: "This build is without the proxy. \(advice)"
    )

    @Argument(parsing: .captureForPassthrough)
    var arguments: [String] = []

    private static let advice = "Build it with: swift build -c release --traits YAML,BSON,Compression,Proxy"

    func run() throws {
        throw CommandError("This build is without the proxy. \(Self.advice)")
    }
}
#endif
