import ArgumentParser
import FSCache

#if Proxy
import FSCacheAsyncHTTPClient
import FSCacheFixtures
import FSCacheProxy
import Foundation
import Serializers

struct ProxyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proxy",
        abstract: "Run a caching proxy for programs in any language.",
        discussion: """
            An HTTP/1.1 proxy that follows the caching rules of RFC 9111. With --origin it is a reverse proxy for that \
            origin. Otherwise clients send absolute http:// URLs, as programs do if the variable http_proxy is set. \
            CONNECT, and therefore https through such a proxy, is rejected, because tunnelled responses can't be cached.

            Clients receive the responses of the origin unchanged: redirects are not followed, cookies are not kept, and \
            content is not decoded.

            Without --expire-after, a response that doesn't state its freshness is fresh for a tenth of the time since \
            its Last-Modified, if it has one.

            --record makes a fixture for tests in the directory that --cache names: each request goes to the origin, \
            and its response becomes a readable file, such as api.example.com/items/GET.3f2a9c01.yaml, regardless of \
            its method and status. Repeats of a request are recorded in their order, and earlier recordings of it are \
            replaced. --replay answers only from these files; other requests receive 504 and an explanation. Both \
            ignore conditions, ranges and cache directives of requests and, unless you pass --credentials separate, \
            their credentials. Cookies are stored as REDACTED; Date, Age and identifiers of requests are normalized.

            With --origin, paths whose dot segments lead out of the path of the origin are rejected, and fields by which \
            clients could pretend to be a gateway, such as X-Forwarded-For and X-Original-URL, are removed.

            Up to 8 MiB of recent responses stay in memory, and are served from memory while their files don't change.

            Of several proxies that use one cache and miss the same response, one fetches it, while the others wait until it \
            is stored, for up to 30 seconds.

            If the origin can't be reached, a stale response is served unless its header fields forbid that. Otherwise \
            the client receives 504. The reason is in the log only.

            Each request is logged to standard error: method, target with secrets as REDACTED, status, 'hit' or the \
            reason for a miss, and milliseconds.

            A request whose content is longer than 1 MiB, or 16 MiB with --record and --replay, bypasses the cache.

            SIGTERM and SIGINT stop the proxy: it accepts no more connections, and waits for requests in progress.

            EXAMPLES:
              fscache proxy --origin https://api.example.com
              fscache proxy --listen 127.0.0.1:3128 --cache proxied --private --max-size 10G
              fscache proxy --origin https://example.com --cache Tests/Recorded --record
              fscache proxy --origin https://example.com --cache Tests/Recorded --replay

            EXIT CODES:
              0    stopped by a signal
              1    it can't listen; the reason is on standard error
              64   invalid arguments
            """
    )

    enum Sharing: EnumerableFlag {
        case shared
        case `private`

        static func help(for value: Sharing) -> ArgumentHelp? {
            switch value {
            case .shared: "Cache for many users, without private responses. (default)"
            case .private: "Cache for one user, with private responses."
            }
        }
    }

    enum Source: EnumerableFlag {
        case record
        case replay
        case offline

        static func help(for value: Source) -> ArgumentHelp? {
            switch value {
            case .record: "Send each request to the origin, and store every response."
            case .replay: "Serve only stored responses, regardless of their age."
            case .offline: "Serve only stored responses that the caching rules allow."
            }
        }

        var mode: ProxyMode {
            switch self {
            case .record: .record
            case .replay: .replay
            case .offline: .offline
            }
        }
    }

    @Option(
        help: ArgumentHelp(
            "The address to listen on; port 0 means any free port. (default: 127.0.0.1:8080)",
            discussion:
                "Everybody who can reach it can use it, and without --origin, reach everything this machine can reach.",
            valueName: "host:port"
        ),
        transform: ListenAddress.init(argument:)
    )
    var listen: ListenAddress?

    @Option(
        help: ArgumentHelp("The origin. Its path is prepended to the paths of requests.", valueName: "url"),
        transform: ProxyTarget.init(argument:)
    )
    var origin: ProxyTarget?

    @Option(
        help: ArgumentHelp(
            "With --record or --replay: the URL that is recorded in place of the origin's.",
            discussion: "A fixture of one origin is replayed for any origin without it.",
            valueName: "url"
        )
    )
    var originName: String?

    @OptionGroup var options: CacheOptions

    @Flag(exclusivity: .exclusive)
    var source: Source?

    @Flag(exclusivity: .exclusive)
    var sharing: Sharing = .shared

    @OptionGroup var storing: StoringOptions
    @OptionGroup var limiting: LimitOptions

    @Flag(help: "Follow the HTTP caching rules. This is the default.")
    var cacheControl = false

    @Flag(
        name: .customLong("cdn-cache-control"),
        help: "Follow CDN-Cache-Control in place of Cache-Control and Expires. Needs --origin and a shared cache."
    )
    var usesCDNCacheControl = false

    @Flag(
        help: ArgumentHelp(
            "Pass X-Forwarded-For, Forwarded, X-Original-URL and their like from clients to the origin.",
            discussion: "They don't enter the key: use it only behind a gateway that sets them."
        )
    )
    var trustForwarded = false

    @OptionGroup var matching: MatchingOptions

    @Option(
        help: ArgumentHelp("How long to wait for data from the origin: 30, 5m. (default: 60)", valueName: "age"),
        transform: Age.init(argument:)
    )
    var timeout: Age?

    @Option(
        help: ArgumentHelp("How long to wait for requests after a signal: 30, 5m. (default: 10)", valueName: "age"),
        transform: Age.init(argument:)
    )
    var grace: Age?

    @Option(
        help: ArgumentHelp("How long a connection may stay without a request. (default: 60)", valueName: "age"),
        transform: Age.init(argument:)
    )
    var idleTimeout: Age?

    @Option(
        help: ArgumentHelp("How long the head of a request may take to arrive. (default: 30)", valueName: "age"),
        transform: Age.init(argument:)
    )
    var headTimeout: Age?

    @Option(
        help: ArgumentHelp(
            "How long a client may send nothing of its content, or read nothing of a response. (default: 60)",
            valueName: "age"
        ),
        transform: Age.init(argument:)
    )
    var clientTimeout: Age?

    @Option(
        help: ArgumentHelp(
            "The number of client connections, beyond which new ones wait. (default: 1024)",
            valueName: "count"
        )
    )
    var maxConnections: Int?

    @Option(help: ArgumentHelp("The number of threads. (default: one for each core)", valueName: "count"))
    var threads: Int?

    @Flag(name: .shortAndLong, help: "Don't log requests.")
    var quiet = false

    func validate() throws {
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads takes 1 to 1024.") }
        if let maxConnections, !(1...1_000_000).contains(maxConnections) {
            throw ValidationError("--max-connections takes 1 to 1000000.")
        }
        for age in [timeout, idleTimeout, headTimeout, clientTimeout] where age?.duration == .zero {
            throw ValidationError("A timeout must be longer than 0.")
        }
        if usesCDNCacheControl, origin == nil || sharing == .private {
            throw ValidationError("--cdn-cache-control is for a shared cache of one origin: it needs --origin.")
        }
        if trustForwarded, origin == nil {
            throw ValidationError("--trust-forwarded needs --origin; a forward proxy passes all fields on.")
        }
        if originName != nil, origin == nil || source == nil || source == .offline {
            throw ValidationError("--origin-name needs --origin, and --record or --replay.")
        }
        if !storing.limits(limiting).isUnlimited, source == .record || source == .replay {
            throw ValidationError("A fixture has no limits: leave out --max-size, --max-entries and --max-entry-size.")
        }
        if source == .record, storing.readOnly {
            throw ValidationError("--record stores responses: leave out --read-only.")
        }
    }

    func run() async throws {
        let signal = TerminationSignal()
        if let threads { ProxyServer.useThreads(threads) }
        let mode = source?.mode ?? .normal
        let session = try session(mode)
        let lines = BufferedLines()
        defer { lines.flush() }
        let log: AccessLog = { line in lines.append(line) }
        let server = try await server(mode, session, log: quiet ? nil : log)
        StandardStreams.tell("Listening on \(server.url).\n")
        try await server.run(until: { await signal.wait() }, grace: grace?.duration ?? .seconds(10))
    }

    private func session(_ mode: ProxyMode) throws -> CachedSession {
        let network = AsyncHTTPClientTransport.origin(timeout: timeout?.duration ?? .seconds(60))
        guard mode != .record, mode != .replay else {
            return try mode.fixtureSession(fixtureDirectory(mode), fixtureSettings, network: network)
        }
        let settings = settings(for: mode)
        let opened = try OpenCache(
            options,
            for: settings.isReadOnly ? .looking : .fetching,
            serializer: storing.serializer?.serializer ?? .native,
            settings: settings
        )
        guard mode == .offline else { return CachedSession(cache: opened.cache, transport: network) }
        opened.tellIfMissing()
        return CachedSession(cache: opened.cache, transport: OfflineTransport(explainsMisses: false))
    }

    private func fixtureDirectory(_ mode: ProxyMode) throws -> String {
        guard case .directory(let location) = try options.location else {
            throw ValidationError("A fixture is a directory: name it with --cache.")
        }
        let path = try location.resolve()
        if mode == .replay, !FileManager.default.fileExists(atPath: path) {
            throw CommandError("There is no directory \(path), so nothing can be replayed. Record it with --record.")
        }
        return path
    }

    private var fixtureSettings: FixtureSettings {
        var settings = FixtureSettings()
        if let serializer = storing.serializer?.serializer { settings.serializer = serializer }
        settings.ignoredParameters = matching.ignore
        settings.matchHeaders = .names(matching.matchHeader)
        if let credentials = matching.credentials { settings.credentials = credentials }
        if let originName, let origin { settings.originNames = [origin.url: originName] }
        return settings
    }

    private func server(_ mode: ProxyMode, _ session: CachedSession, log: AccessLog?) async throws -> ProxyServer {
        let address = try listen ?? ListenAddress(argument: "127.0.0.1:8080")
        do {
            return try await ProxyServer(
                host: address.host,
                port: address.port,
                target: origin ?? .anywhere,
                mode: mode,
                session: session,
                trustsForwarded: trustForwarded,
                limits: limits,
                log: log
            )
        } catch {
            throw CommandError("Can't listen on \(address.host) port \(address.port): \(error)")
        }
    }

    private var limits: ClientLimits {
        var limits = ClientLimits()
        if let idleTimeout { limits.idle = idleTimeout.duration }
        if let headTimeout { limits.head = headTimeout.duration }
        if let clientTimeout { limits.stall = clientTimeout.duration }
        if let maxConnections { limits.connectionCount = maxConnections }
        return limits
    }

    private func settings(for mode: ProxyMode) -> CacheSettings {
        var settings = mode.settings(isShared: sharing == .shared)
        matching.apply(to: &settings)
        settings.usesCDNCacheControl = usesCDNCacheControl
        settings.limits = storing.limits(limiting)
        settings.isReadOnly = settings.isReadOnly || storing.readOnly
        if storing.fetchesAlone { settings.collapsesAcrossProcesses = false }
        if let staleIfError = storing.staleIfError { settings.staleIfError = staleIfError }
        if let expireAfter = storing.expireAfter {
            settings.expireAfter = expireAfter
            settings.usesHeuristicFreshness = false
        }
        return settings
    }
}

extension ProxyTarget {
    /// Reads the value of `--origin`.
    fileprivate init(argument: String) throws {
        do {
            try self.init(origin: argument)
        } catch {
            throw ValidationError(error.message)
        }
    }
}

/// The address of a server: `127.0.0.1:8080`, `[::1]:8080`, or a port of the loopback interface.
struct ListenAddress {
    let host: String
    let port: Int

    init(argument: String) throws {
        let colon = argument.lastIndex(of: ":")
        let host = colon.map { argument[..<$0] } ?? "127.0.0.1"
        let number = colon.map { argument[argument.index(after: $0)...] } ?? argument[...]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        guard !host.isEmpty, let port = UInt16(number), isBracketed || !host.contains(":") else {
            throw ValidationError("Write a host and a port, such as 127.0.0.1:8080 or [::1]:8080.")
        }
        self.host = isBracketed ? String(host.dropFirst().dropLast()) : String(host)
        self.port = Int(port)
    }
}
#else
/// Explains how to get the proxy, in builds without it.
struct ProxyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proxy",
        abstract: "Run a caching proxy for programs in any language (not in this build).",
        discussion: "This build doesn't contain the proxy. \(advice)"
    )

    @Argument(parsing: .captureForPassthrough)
    var arguments: [String] = []

    private static let advice = "Build it with: swift build -c release --traits YAML,BSON,Compression,Proxy"

    func run() throws {
        throw CommandError("This build doesn't contain the proxy. \(Self.advice)")
    }
}
#endif
