import ArgumentParser
import FSCache
import Foundation
import HTTPTypes
import Logging
import Serializers

/// The options of commands that use one cache: its place, and whether to log everything.
struct CacheOptions: ParsableArguments {
    @Option(
        name: .customLong("cache"),
        help: ArgumentHelp(
            "The cache: a directory, where 'name' means ./name; or sqlite:PATH, redis://… or mongodb://…, if this tool "
                + "was built with them. (default: $FSCACHE_CACHE, or http_cache in the user's cache directory)",
            discussion:
                "Other users can see arguments: to pass a password, write the place into a file and pass @FILE, or use "
                + "the environment variable.",
            valueName: "place"
        ),
        completion: .directory
    )
    var place: String?

    @OptionGroup var logging: LoggingOptions

    func validate() throws {
        _ = try location
    }

    /// The place of the cache.
    ///
    /// Unlike in the library, a plain name is a path, as in other tools.
    var location: CacheLocation {
        get throws {
            let variable = ProcessInfo.processInfo.environment["FSCACHE_CACHE"].flatMap { $0.isEmpty ? nil : $0 }
            guard let text = place ?? variable else { return .directory(.userCaches("http_cache")) }
            return try CacheLocation(argument: text)
        }
    }

    /// Logs warnings, or everything, to standard error.
    var logger: Logger { logging.logger }
}

/// How much a command logs.
struct LoggingOptions: ParsableArguments {
    @Flag(
        name: [.customShort("v"), .customLong("verbose")],
        help: "Log each decision and its reason to standard error."
    )
    var isVerbose = false

    /// Logs warnings, or everything, to standard error.
    var logger: Logger {
        let level: Logger.Level = isVerbose ? .debug : .warning
        return Logger(label: "fscache") { _ in StandardErrorLog(logLevel: level) }
    }
}

/// The options of commands that store responses.
struct StoringOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The format of new entries: \(SerializerChoice.help). (default: native)", valueName: "name"),
        completion: .list(SerializerChoice.names),
        transform: SerializerChoice.init(argument:)
    )
    var serializer: SerializerChoice?

    @Option(
        help: ArgumentHelp(
            "How long a response may be used: 300, 5m, 2h, 7d, never, immediately or none.",
            discussion: "'immediately' validates the response with the origin on each use; 'none' bypasses the cache.",
            valueName: "age"
        ),
        completion: .list(["5m", "1h", "1d", "never", "immediately", "none"]),
        transform: Expiration.init(argument:)
    )
    var expireAfter: Expiration?

    @Option(
        help: ArgumentHelp(
            "Use a stale response if the origin fails. Without an age, there is no limit.",
            discussion:
                "By its Cache-Control, a response can allow this if the origin can't be reached; '=0' forbids it.",
            valueName: "age"
        ),
        transform: StaleAllowance.init(argument:)
    )
    var staleIfError: StaleAllowance?

    @Option(
        help: ArgumentHelp(
            "The size of an entry up to which it is stored. (default: no limit)",
            valueName: "size"
        ),
        transform: ByteCount.init(argument:)
    )
    var maxEntrySize: ByteCount?

    @Flag(help: "Store nothing, and don't create the cache.")
    var readOnly = false

    @Flag(
        name: .customLong("no-collapse"),
        help: "Fetch a response even while another process fetches it, instead of waiting for that one."
    )
    var fetchesAlone = false

    /// The limits of a cache that responses are stored in.
    func limits(_ limiting: LimitOptions) -> StoreLimits {
        var limits = limiting.limits
        limits.maxEntryBytes = maxEntrySize?.bytes
        return limits
    }
}

/// The options for the parts of a request that its key depends on.
struct MatchingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A parameter that doesn't enter the key, and is stored as REDACTED. May be repeated.",
            discussion: "It applies to the query, form and JSON bodies and header fields.",
            valueName: "name"
        )
    )
    var ignore: [String] = []

    @Option(help: ArgumentHelp("A header field that enters the key. May be repeated.", valueName: "name"))
    var matchHeader: [String] = []

    @Option(
        help: ArgumentHelp(
            "Whether requests with different credentials have separate responses: separate or ignored. "
                + "(default: separate; for 'proxy' with --record or --replay, ignored)",
            discussion:
                "Credentials are Authorization, X-API-Key, access_token, api_key and their like. They are never stored "
                + "in clear. Choose 'ignored' only for one user, or for fixtures.",
            valueName: "how"
        ),
        completion: .list(["separate", "ignored"]),
        transform: CredentialMatching.init(argument:)
    )
    var credentials: CredentialMatching?

    @Flag(help: "Store the values of Cookie, Set-Cookie, Cookie2 and Set-Cookie2 as REDACTED.")
    var redactCookies = false

    func validate() throws {
        for name in matchHeader where HTTPField.Name(name) == nil {
            throw ValidationError("\(name.debugDescription) is not a valid header field name.")
        }
    }

    /// Adds the options to settings.
    func apply(to settings: inout CacheSettings) {
        settings.ignoredParameters += ignore
        settings.matchHeaders = .names(matchHeader)
        if let credentials { settings.credentials = credentials }
        settings.redactsCookies = redactCookies
    }
}

extension CredentialMatching {
    /// Reads the value of `--credentials`.
    fileprivate init(argument: String) throws {
        switch argument {
        case "separate": self = .separate
        case "ignored": self = .ignored
        default: throw ValidationError("Write 'separate' or 'ignored', not \(argument.debugDescription).")
        }
    }
}

/// A serializer, chosen by name.
struct SerializerChoice {
    let serializer: any Serializer

    static let registry = SerializerRegistry.standard

    init(argument: String) throws {
        do {
            serializer = try Self.registry.serializer(named: argument)
        } catch {
            throw ValidationError((error as? SerializationError)?.message ?? "\(error)")
        }
    }

    /// The names for shell completion: each serializer alone and with each of the stages.
    static var names: [String] {
        registry.serializers.flatMap { serializer in
            [serializer.name] + registry.stages.map { "\(serializer.name).\($0.fileExtension)" }
        }
    }

    static var help: String {
        let stages = registry.stages.map { ".\($0.fileExtension)" }.joined(separator: " or ")
        let names = registry.serializers.map(\.name).joined(separator: ", ")
        return stages.isEmpty ? names : "\(names); add \(stages) to compress"
    }
}
