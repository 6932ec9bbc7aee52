import ArgumentParser
import FSCache
import Foundation
import HTTPTypes
import Serializers

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

struct GetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Fetch a URL, or answer from the cache.",
        discussion: """
            The response's body goes to standard output, byte for byte. What came from the network is stored when its \
            status is 200, and answers the same request from then on, until it expires. Redirects are followed.

            The method that you give is cached, whichever it is: a POST made with -d, say, reaches the origin once, and \
            is answered from the cache after that. To send it each time, use --expire-after none.

            What is stored keeps the expiry that it was stored with, whatever --expire-after says later.

            A cache that can't be read or written is told on standard error; the response is fetched all the same. The \
            body is written as it comes: when it ends early, part of it is on standard output, and the exit code is 1.

            EXAMPLES:
              fscache get https://api.example.com/items
              fscache get -i --expire-after 1h https://api.example.com/items
              fscache get -d 'q=swift&page=2' https://api.example.com/search
              fscache get --serializer yaml --ignore session 'https://host/?session=42'
              fscache get --stale-if-error=1d -o items.json https://host/items

            EXIT CODES:
              0    there is a response, whatever its status
              1    there is none; or --only-if-cached, and nothing usable is stored;
                   or --fail, and its status is 400 or above
              64   the command line can't be understood
            """
    )

    enum Freshness: EnumerableFlag {
        case refresh
        case forceRefresh
        case onlyIfCached

        static func help(for value: Freshness) -> ArgumentHelp? {
            switch value {
            case .refresh: "Ask the origin whether what is stored still holds before it is used."
            case .forceRefresh: "Fetch anew, whatever is stored."
            case .onlyIfCached: "Never ask the origin."
            }
        }
    }

    @OptionGroup var request: RequestArguments
    @OptionGroup var options: CacheOptions

    @Flag(
        name: [.customShort("i"), .customLong("include")],
        help: "Write the status line and the header fields before the body."
    )
    var includesHead = false

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("Write to a file, all at once at the end.", valueName: "file"),
        completion: .file()
    )
    var output: String?

    @Flag(help: "Write no body and exit with 1 when the status is 400 or above.")
    var fail = false

    @Option(
        help: ArgumentHelp("The format of new entries: \(SerializerChoice.help). (default: native)", valueName: "name"),
        completion: .list(SerializerChoice.names),
        transform: SerializerChoice.init(argument:)
    )
    var serializer: SerializerChoice?

    @Option(
        help: ArgumentHelp(
            "How long the response may be used: 300, 5m, 2h, 7d, never, immediately or none. (default: never)",
            discussion:
                "'never' is without end; 'immediately' asks the origin each time whether it still holds; 'none' "
                + "stays out of the cache.",
            valueName: "age"
        ),
        completion: .list(["5m", "1h", "1d", "never", "immediately", "none"]),
        transform: Expiration.init(argument:)
    )
    var expireAfter: Expiration?

    @Flag(help: "Let what the response says about its freshness come first: Cache-Control and Expires.")
    var cacheControl = false

    @Flag(exclusivity: .exclusive)
    var freshness: Freshness?

    @Option(
        help: ArgumentHelp(
            "Take a stale response if the origin fails. The age may be left out: however stale.",
            discussion: "With --cache-control the response decides when the origin can't be reached; '=0' forbids it.",
            valueName: "age"
        ),
        transform: StaleAllowance.init(argument:)
    )
    var staleIfError: StaleAllowance?

    @Flag(help: "Store nothing, and make no cache where there is none.")
    var readOnly = false

    func run() async throws {
        let head = try request.head()
        var settings = CacheSettings()
        settings.allowableMethods.insert(head.method)
        settings.cacheControl = cacheControl
        settings.ignoredParameters = request.matching.ignoredParameters
        settings.matchHeaders = request.matching.matchHeaders
        settings.isReadOnly = readOnly
        let opened = try OpenCache(
            options,
            for: readOnly ? .looking : .fetching,
            serializer: serializer?.serializer ?? .native,
            settings: settings
        )
        // Nothing but the cache outlives the command: no cookies, no credentials.
        let session = CachedSession(cache: opened.cache, transport: URLSessionTransport(configuration: .ephemeral))
        do {
            try await fetch(head, through: session)
        } catch {
            // What nobody takes is stored all the same.
            await session.close()
            throw error
        }
        await session.close()
    }

    private func fetch(_ head: HTTPRequest, through session: CachedSession) async throws {
        let response = try await session.stream(
            head,
            body: MessageBody(request.body()),
            options: RequestOptions(
                expireAfter: expireAfter,
                refresh: freshness == .refresh,
                forceRefresh: freshness == .forceRefresh,
                onlyIfCached: freshness == .onlyIfCached,
                staleIfError: staleIfError,
                finishesInBackground: true
            )
        )
        try check(response.head)
        try await write(response)
    }

    private func check(_ response: CachedResponse) throws {
        if freshness == .onlyIfCached, !response.isFromCache {
            throw CommandError("Nothing usable is stored for \(response.stored.request.method) \(response.url).")
        }
        if fail, response.status.code >= 400 {
            throw CommandError("\(response.url) answered \(response.status.text).")
        }
    }

    private func write(_ response: StreamedResponse) async throws {
        let head = includesHead ? response.head.headText : Data()
        if let output, output != "-" {
            try await OutputFile(output).write(head, response.body)
        } else {
            try StandardStreams.write(head)
            for try await piece in response.body { try StandardStreams.write(piece) }
        }
    }
}
