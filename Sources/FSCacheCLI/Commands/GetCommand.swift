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
        abstract: "Fetch a URL, or print the stored response.",
        discussion: """
            The body of the response is written to standard output, byte for byte. A response from the network is stored \
            if its status is 200, and is served again until it expires. Redirects are followed.

            Without --expire-after, a response never expires. A stored response keeps its expiry, even if you pass \
            another --expire-after later.

            A response is for the credentials that it was fetched with: other ones, or none, fetch their own. To use it \
            for all, pass --credentials ignored.

            Every method is cached: a POST made with -d, for example, is sent once, and is then answered from the \
            cache. To send it each time, use --expire-after none.

            If another process is fetching the same response, this one waits until it is stored, for up to 30 seconds.

            If the cache can't be read or written, a warning is printed and the response is fetched. The body is written \
            as it arrives: if it ends early, a part of it has been written, and the exit code is 1.

            EXAMPLES:
              fscache get https://api.example.com/items
              fscache get -i --expire-after 1h https://api.example.com/items
              fscache get -d 'q=swift&page=2' https://api.example.com/search
              fscache get --serializer yaml --ignore session 'https://host/?session=42'
              fscache get --stale-if-error=1d -o items.json https://host/items
              fscache get --max-size 1G https://host/items

            EXIT CODES:
              0    a response, with any status
              1    no response; with --only-if-cached, no usable stored response;
                   with --fail, a status of 400 or above
              64   invalid arguments
            """
    )

    enum Freshness: EnumerableFlag {
        case refresh
        case forceRefresh
        case onlyIfCached

        static func help(for value: Freshness) -> ArgumentHelp? {
            switch value {
            case .refresh: "Validate the stored response with the origin before it is used."
            case .forceRefresh: "Fetch the response again, even if a usable one is stored."
            case .onlyIfCached: "Never ask the origin."
            }
        }
    }

    @OptionGroup var request: RequestArguments
    @OptionGroup var options: CacheOptions

    @Flag(
        name: [.customShort("i"), .customLong("include")],
        help: "Print the status line and the header fields before the body."
    )
    var includesHead = false

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("Write to a file, which is replaced when the response is complete.", valueName: "file"),
        completion: .file()
    )
    var output: String?

    @Flag(help: "If the status is 400 or above, print no body and exit with 1.")
    var fail = false

    @OptionGroup var storing: StoringOptions
    @OptionGroup var limiting: LimitOptions

    @Flag(help: "Follow the HTTP caching rules: Cache-Control and Expires take precedence over --expire-after.")
    var cacheControl = false

    @Flag(exclusivity: .exclusive)
    var freshness: Freshness?

    func run() async throws {
        let head = try request.head()
        var settings = CacheSettings(
            cacheControl: cacheControl,
            allowableMethods: [.get, .head, head.method],
            isReadOnly: storing.readOnly,
            collapsesAcrossProcesses: !storing.fetchesAlone,
            limits: storing.limits(limiting)
        )
        request.matching.apply(to: &settings)
        let opened = try OpenCache(
            options,
            for: storing.readOnly ? .looking : .fetching,
            serializer: storing.serializer?.serializer ?? .native,
            settings: settings
        )
        // Cookies and credentials don't outlive the command.
        let session = CachedSession(cache: opened.cache, transport: URLSessionTransport(configuration: .ephemeral))
        do {
            try await fetch(head, through: session)
        } catch {
            // Closing waits until a response that was not printed is stored.
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
                expireAfter: storing.expireAfter,
                refresh: freshness == .refresh,
                forceRefresh: freshness == .forceRefresh,
                onlyIfCached: freshness == .onlyIfCached,
                staleIfError: storing.staleIfError,
                finishesInBackground: true
            )
        )
        try await check(response.head, session.cache)
        try await write(response)
    }

    private func check(_ response: CachedResponse, _ cache: ResponseCache) async throws {
        if freshness == .onlyIfCached, !response.isFromCache {
            let advice = "To store a response, leave out --only-if-cached."
            let explanation = try? await cache.explainMiss(of: response, advice: advice, now: Date())
            throw CommandError(
                explanation?.description
                    ?? "No stored response answers \(response.stored.request.method) \(response.url.printable)."
            )
        }
        if fail, response.status.code >= 400 {
            throw CommandError("\(response.url.printable) answered \(response.status.text.printable).")
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
