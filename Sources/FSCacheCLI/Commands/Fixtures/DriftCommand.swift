import ArgumentParser
import FSCache
import FSCacheFixtures
import Foundation
import HTTPTypes

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

struct DriftCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drift",
        abstract: "Compare recorded responses with those of the origins now.",
        discussion: """
            Sends each recorded GET and HEAD again, and compares the response with the recorded one, after it was \
            normalized and redacted as when it is recorded. Nothing is written. What is redacted is not compared.

            Each line of output has the severity, the path of a file, and its most severe change. Further changes \
            follow, indented. The severities are:
              breaking  another class of status, another media type,
                        a JSON member that is gone or has another type
              notable   another status of the class, a new JSON member,
                        a header field that is new or gone
              value     other values, other lengths of JSON arrays
              none      no change
              error     there is no response to compare
              skipped   the origin was not asked: it is a repetition,
                        an unsafe method or a redacted request

            In a request, the value of the environment variable NAME replaces the placeholder {{NAME}}. Pass fields with \
            other secrets with --header. If they are credentials, all requests must be for the same origin: name the \
            directory of one host.

            --json prints one object per line with the members path, method, url, result, changes, omitted and reason.

            EXAMPLES:
              fscache fixtures drift Tests/ShopTests/Recorded
              fscache fixtures drift --severity value --json Tests/ShopTests/Recorded
              fscache fixtures drift --origin http://shop.test=http://127.0.0.1:80 recorded
              fscache fixtures drift -H "Authorization: Bearer $TOKEN" recorded/api.test

            EXIT CODES:
              0    no change that is as severe as --severity
              1    failure: nothing is breaking, but a response could not be
                   compared, or none was
              2    a breaking change
              3    a notable change
              4    a change of values
              64   invalid arguments
            """
    )

    @Argument(help: ArgumentHelp("The directory of the recorded responses.", valueName: "dir"), completion: .directory)
    var directory: String

    @Option(
        help: ArgumentHelp("Ask another origin in place of a recorded one. May be repeated.", valueName: "recorded=url")
    )
    var origin: [String] = []

    @Option(
        name: [.customShort("H"), .customLong("header")],
        help: ArgumentHelp("A header field of all requests. May be repeated.", valueName: "name: value")
    )
    var headers: [String] = []

    @Option(
        help: ArgumentHelp(
            "The lowest severity that fails: value, notable or breaking. (default: notable)",
            valueName: "level"
        ),
        completion: .list(["value", "notable", "breaking"]),
        transform: severity(argument:)
    )
    var severity = FixtureDrift.Severity.notable

    @Flag(help: "Also send requests with other methods than GET and HEAD. They may change something at the origin.")
    var allMethods = false

    @Option(
        help: ArgumentHelp("How long an exchange may take. (default: 30s)", valueName: "time"),
        transform: Age.init(argument:)
    )
    var timeout: Age?

    @Flag(help: "Print JSON objects.")
    var json = false

    func validate() throws {
        _ = try options()
    }

    func run() async throws {
        let directory = try FixtureDirectory(argument: directory)
        let recorded = directory.all()
        let unreadable = directory.unreadablePaths
        guard !recorded.isEmpty || !unreadable.isEmpty else {
            throw CommandError("There are no recorded responses in \(directory.path).")
        }
        let options = try options()
        let check = try FixtureDriftCheck(of: recorded, options: options, transport: transport(options))
        let origins = check.originsGivenCredentials(recorded)
        guard origins.count <= 1 else {
            throw CommandError(
                "--header would send credentials to several origins: \(origins.sorted().joined(separator: ", ")). Name "
                    + "the directory of one of them."
            )
        }
        let variables = FixtureDriftCheck.variables(sentWith: recorded).filter { options.environment[$0] != nil }
        if !variables.isEmpty {
            StandardStreams.tell("note: requests have the values of \(variables.joined(separator: ", ")).\n")
        }
        var output = DriftOutput(isJSON: json)
        for path in unreadable { try output.write(DriftLine(unreadable: path)) }
        try await check.run(recorded) { try output.write(DriftLine($0, $1)) }
        StandardStreams.tell(output.summary)
        if let code = output.exitCode(from: severity) { throw ExitCode(code) }
    }

    private func options() throws -> FixtureDriftCheck.Options {
        var options = FixtureDriftCheck.Options()
        for argument in origin {
            guard let equals = argument.firstIndex(of: "=") else {
                throw ValidationError(
                    "Write the recorded origin and the URL to ask: http://shop.test=http://127.0.0.1:80."
                )
            }
            let (name, live) = (String(argument[..<equals]), String(argument[argument.index(after: equals)...]))
            // They are checked here, because options are checked before anything is done.
            for url in [name, live] where try HTTPRequest(argument: url).path != "/" {
                throw ValidationError("An origin has no path, unlike \(url).")
            }
            guard options.origins.updateValue(live, forKey: name) == nil else {
                throw ValidationError("There are two URLs for \(name).")
            }
        }
        for header in headers { options.headerFields.append(try HTTPField(argument: header)) }
        if let timeout {
            guard timeout.duration > .zero else { throw ValidationError("A timeout must be longer than 0.") }
            options.timeout = timeout.duration
        }
        options.sendsAllMethods = allMethods
        options.environment = ProcessInfo.processInfo.environment
        return options
    }

    /// A transport without cookies, so that no response depends on an earlier one.
    private func transport(_ options: FixtureDriftCheck.Options) -> URLSessionTransport {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        configuration.timeoutIntervalForRequest = options.timeout / .seconds(1)
        return URLSessionTransport(configuration: configuration)
    }

    private static func severity(argument: String) throws -> FixtureDrift.Severity {
        guard let severity = FixtureDrift.Severity(rawValue: argument), severity != .none else {
            throw ValidationError("Write value, notable or breaking, not \(argument.debugDescription).")
        }
        return severity
    }
}
