package import FSCache
internal import Foundation
package import HTTPTypes

/// Asks origins for what is recorded, and compares the responses.
///
/// It writes nothing.
package struct FixtureDriftCheck: Sendable {
    /// How origins are asked.
    package struct Options: Sendable {
        /// The origins to ask, by the recorded origins that they stand for.
        package var origins: [String: String] = [:]
        /// Header fields that each request gets, in place of recorded ones.
        package var headerFields: HTTPFields = [:]
        /// Whether requests with methods other than `GET` and `HEAD` are sent, which may change something.
        package var sendsAllMethods = false
        /// How long an exchange may take.
        package var timeout = Duration.seconds(30)
        /// How many requests are sent at the same time.
        package var concurrency = 4
        /// The values of placeholders.
        package var environment: [String: String] = [:]

        /// Makes options with the default values.
        package init() {}
    }

    /// The result for a recorded exchange.
    package enum Outcome: Sendable, Equatable {
        /// The responses were compared: the changes, the most severe ones first.
        case compared([FixtureDrift.Change])
        /// The origin was not asked, for this reason.
        case skipped(String)
        /// There is no response to compare, for this reason.
        case failed(String)
    }

    /// The longest response that is compared, in bytes.
    package static let longestBody = 64 << 20

    private let options: Options
    private let transport: any HTTPTransport
    private let form: FixtureForm
    private let origins: [(name: TargetURL, live: TargetURL)]
    /// What puts the values of placeholders into requests.
    private let shown: [Substitution]
    /// Values that are hidden in messages and in responses.
    private let secrets: [Substitution]

    /// Prepares a check.
    ///
    /// - Parameters:
    ///   - recorded: All exchanges, which tell what was redacted, and which placeholders there are.
    ///   - options: How origins are asked.
    ///   - transport: Sends the requests.
    /// - Throws: ``/FSCache/FSCacheError/Code/invalidURL`` if an origin is not valid; ``/FSCache/FSCacheError/Code/invalidSetting`` if one
    ///   stands for two.
    package init(
        of recorded: [FixtureDirectory.Recorded],
        options: Options,
        transport: any HTTPTransport
    ) throws(FSCacheError) {
        self.options = options
        self.transport = transport
        var origins: [(name: TargetURL, live: TargetURL)] = []
        var settings = FixtureSettings()
        for (name, live) in options.origins.sorted(by: { $0.key < $1.key }) {
            let target = try TargetURL(live)
            guard !origins.contains(where: { $0.live.isSameOrigin(as: target) }) else {
                throw FSCacheError(.invalidSetting, "The origin \(live) can't stand for two recorded ones.")
            }
            origins.append((try TargetURL(name), target))
            settings.originNames[live] = name
        }
        self.origins = origins

        let requested = recorded.reduce(into: Set()) {
            $0.formUnion(HiddenValue.placeholders(in: $1.entry.response.request))
        }
        let names = recorded.reduce(into: requested) { $0.formUnion(HiddenValue.placeholders(in: $1.entry.response)) }
        func value(_ name: String) -> String? { options.environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        func substitution(_ name: String) -> Substitution? {
            value(name).map { Substitution(token: "{{\(name)}}", values: SecretValues([$0]), shown: $0) }
        }
        shown = requested.sorted().compactMap(substitution)
        let redacted = recorded.reduce(into: Set()) {
            $0.formUnion(HiddenValue.redactedNames(in: $1.entry.response))
        }
        settings.credentialParameters += redacted.sorted()
        // Shorter values occur by chance.
        let long = names.sorted().filter { (value($0)?.utf8.count ?? 0) >= EnvironmentSecret.minimumLength }
        settings.placeholders = long.compactMap { name in value(name).map { FixturePlaceholder(name, fixed: $0) } }
        let matching = RequestMatching(settings.cacheSettings)
        // Origins may return what they were sent.
        let sent = options.headerFields.filter { matching.isRedacted($0.name) }.flatMap { field in
            // A token without its scheme, too.
            [field.value] + field.value.split(separator: " ").suffix(1).map(String.init)
        }
        let values = sent.filter { $0.utf8.count >= EnvironmentSecret.minimumLength }
        let redaction = Substitution(token: RequestMatching.redactedValue, values: SecretValues(values), shown: "")
        secrets = long.compactMap(substitution) + [redaction]
        form = try FixtureForm(settings, isRecording: false)
    }

    /// The names of the environment variables whose values are sent.
    package static func variables(sentWith recorded: [FixtureDirectory.Recorded]) -> [String] {
        recorded.reduce(into: Set()) { $0.formUnion(HiddenValue.placeholders(in: $1.entry.response.request)) }.sorted()
    }

    /// The origins to which credentials in the header fields would be sent, such as `https://api.example.com`.
    package func originsGivenCredentials(_ recorded: [FixtureDirectory.Recorded]) -> Set<String> {
        guard options.headerFields.contains(where: { form.matching.isRedacted($0.name) }) else { return [] }
        return recorded.reduce(into: []) { origins, exchange in
            guard let target = try? TargetURL(exchange.entry.response.request.url) else { return }
            let origin = live(target)
            origins.insert("\(origin.scheme)://\(origin.authority)")
        }
    }

    /// The target with the origin that is asked.
    private func live(_ target: TargetURL) -> TargetURL {
        origins.first { $0.name.isSameOrigin(as: target) }?.live ?? target
    }

    /// Checks exchanges, a few at a time.
    ///
    /// - Parameters:
    ///   - recorded: The exchanges.
    ///   - report: Receives the outcomes, in the order of the exchanges.
    /// - Throws: The errors of `report`.
    package func run(
        _ recorded: [FixtureDirectory.Recorded],
        report: (FixtureDirectory.Recorded, Outcome) throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: (Int, Outcome).self) { group in
            var waiting = recorded.indices.makeIterator()
            func start() {
                guard let index = waiting.next() else { return }
                group.addTask { (index, await outcome(of: recorded[index].entry)) }
            }
            for _ in 0..<options.concurrency { start() }
            var outcomes: [Int: Outcome] = [:]
            var reported = 0
            for try await (index, outcome) in group {
                outcomes[index] = outcome
                while let next = outcomes.removeValue(forKey: reported) {
                    try report(recorded[reported], next)
                    reported += 1
                }
                start()
            }
        }
    }

    /// Checks an exchange.
    package func outcome(of entry: FixtureEntry) async -> Outcome {
        do {
            let recorded = entry.response
            let (request, body) = try request(for: entry)
            let live = try await withTimeout { try await exchange(request, body, recorded) }
            return .compared(FixtureDrift.compare(recorded, live))
        } catch let reason as SkipReason {
            return .skipped(reason.text)
        } catch {
            return .failed(withoutSecrets(Self.describe(error)))
        }
    }
}

// MARK: - Requests

extension FixtureDriftCheck {
    private struct SkipReason: Error {
        let text: String
    }

    /// The request to send.
    ///
    /// - Throws: ``SkipReason``, and ``/FSCache/FSCacheError/Code/invalidURL``.
    private func request(for entry: FixtureEntry) throws -> (HTTPRequest, Data) {
        let stored = entry.response.request
        if let repetition = entry.facts.repetition, repetition > 1 {
            throw SkipReason(text: "the response to repetition \(repetition) of a request")
        }
        guard options.sendsAllMethods || [.get, .head].contains(stored.method) else {
            throw SkipReason(text: "\(stored.method) may change something")
        }
        for name in HiddenValue.placeholders(in: stored).sorted() where options.environment[name]?.isEmpty ?? true {
            throw SkipReason(text: "the environment variable \(name) is not set")
        }
        let url = shown.reduce(stored.url) { $1.show(in: $1.hide(inTarget: $0)) }
        guard !stored.url.contains(RequestMatching.redactedValue) else {
            throw SkipReason(text: "the URL has a redacted value")
        }
        let target = try TargetURL(url)
        var request = HTTPRequest(method: stored.method, target: target)
        let origin = live(target)
        (request.scheme, request.authority) = (origin.scheme, origin.authority)
        for field in stored.headerFields where options.headerFields[field.name] == nil {
            guard !field.value.contains(RequestMatching.redactedValue) else {
                throw SkipReason(text: "the field \(field.name.rawName) is redacted; pass it with --header")
            }
            let value = shown.reduce(field.value) { $1.show(in: $0) }
            request.headerFields.append(HTTPField(name: field.name, value: value))
        }
        request.headerFields.append(contentsOf: options.headerFields)
        guard !RequestMatching.isWithheld(stored.body),
            !String(decoding: stored.body, as: UTF8.self).contains(RequestMatching.redactedValue)
        else { throw SkipReason(text: "the content of the request is redacted") }
        let isJSON = stored.headerFields[.contentType]?.lowercased().contains("json") ?? false
        return (request, shown.reduce(stored.body) { $1.show(in: $0, isJSON: isJSON) })
    }
}

// MARK: - Responses

extension FixtureDriftCheck {
    /// Sends a request.
    ///
    /// - Returns: The response as it would be recorded.
    private func exchange(
        _ request: HTTPRequest,
        _ body: Data,
        _ recorded: StoredResponse
    ) async throws -> StoredResponse {
        let response = try await transport.send(request, body: body.isEmpty ? nil : MessageBody(body))
        var content = Data()
        // A stream may never end, and its events differ each time.
        let isStream = RecordedChunks.isStream(response.head)
        if !isStream {
            for try await chunk in response.body {
                content.append(chunk)
                guard content.count <= Self.longestBody else {
                    throw FSCacheError(.invalidResponse, "The response is longer than \(Self.longestBody >> 20) MiB.")
                }
            }
        }
        var head = response.head
        head.headerFields = HTTPFields(
            head.headerFields.map { field in
                let value = secrets.reduce(field.value) { $1.hide(in: $0) }
                return value == field.value ? field : HTTPField(name: field.name, value: value)
            }
        )
        let hidden = secrets.reduce(content) { $1.hide(in: $0) }
        var live = try normalized(head, hidden, to: form.wanted(request, body))
        if isStream { live.body = recorded.body }
        return live
    }

    /// A response as it would be recorded.
    private func normalized(
        _ head: HTTPResponse,
        _ body: Data,
        to wanted: FixtureForm.Wanted
    ) throws(FSCacheError) -> StoredResponse {
        do {
            return try form.entry(for: wanted, head, body, facts: FixtureFacts(), at: Date()).response
        } catch {
            // It says that it is JSON, and isn't.
            guard error.code == .invalidResponse, !body.isEmpty else { throw error }
            return try form.entry(for: wanted, head, Data(), facts: FixtureFacts(), at: Date()).response
        }
    }

    private func withTimeout(
        _ work: @escaping @Sendable () async throws -> StoredResponse
    ) async throws -> StoredResponse {
        try await withThrowingTaskGroup(of: StoredResponse.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: options.timeout)
                throw FSCacheError(.incompleteResponse, "There was no complete response within \(options.timeout).")
            }
            defer { group.cancelAll() }
            guard let response = try await group.next() else { throw CancellationError() }
            return response
        }
    }

    private func withoutSecrets(_ text: String) -> String { secrets.reduce(text) { $1.hide(in: $0) } }

    private static func describe(_ error: any Error) -> String {
        guard let error = error as? FSCacheError else { return FSCacheError.describe(error) }
        return error.underlyingError.map { "\(error.message) (\(describe($0)))" } ?? error.message
    }
}
