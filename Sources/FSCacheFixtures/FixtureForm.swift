import FSCache
import Foundation
import HTTPTypes

/// The form in which requests are compared, and in which exchanges are written: without secrets and without what differs
/// from one recording to the next.
struct FixtureForm: Sendable {
    let settings: FixtureSettings
    let matching: RequestMatching
    let placeholders: [Substitution]
    /// Secrets of responses that were recorded, which have no placeholders.
    let learned: SecretValues
    private let redaction: Substitution?
    private let origins: [(live: TargetURL, name: TargetURL, text: Substitution)]

    /// A request in that form.
    struct Wanted: Sendable {
        var request: HTTPRequest
        var body: Data
        var key: CacheKey
        /// The secrets in the request as it is sent, which the response may repeat.
        var secrets: [String] = []

        /// The path that unsafe requests change, without the query.
        var resource: String {
            "\(request.scheme ?? "")://\(request.authority ?? "")\((request.path ?? "").prefix { $0 != "?" })"
        }
        var isUnsafe: Bool { ![.get, .head, .options, .trace].contains(request.method) }
    }

    /// Prepares settings.
    ///
    /// - Parameters:
    ///   - settings: The settings.
    ///   - isRecording: Whether the values of all placeholders are needed.
    ///   - learned: Receives the secrets of responses.
    /// - Throws: ``/FSCache/FSCacheError/Code/invalidSetting`` if a name is not valid, or a value is not known.
    init(
        _ settings: FixtureSettings,
        isRecording: Bool,
        learned: SecretValues = SecretValues()
    ) throws(FSCacheError) {
        self.settings = settings
        self.learned = learned
        redaction = isRecording ? Substitution(redacting: learned) : nil
        matching = RequestMatching(settings.cacheSettings)
        var placeholders: [Substitution] = []
        for placeholder in settings.placeholders {
            placeholders.append(try Substitution(placeholder, isRecording: isRecording))
        }
        self.placeholders = placeholders
        var origins: [(TargetURL, TargetURL, Substitution)] = []
        for (live, name) in settings.originNames.sorted(by: { $0.key < $1.key }) {
            let (live, name) = (try TargetURL(live), try TargetURL(name))
            let (liveText, nameText) = ("\(live.scheme)://\(live.authority)", "\(name.scheme)://\(name.authority)")
            origins.append(
                (live, name, Substitution(token: nameText, values: SecretValues([liveText]), shown: liveText))
            )
        }
        self.origins = origins
    }

    // MARK: Requests

    /// The form of a request, and its key.
    ///
    /// - Throws: ``/FSCache/FSCacheError/Code/invalidURL``.
    func wanted(_ request: HTTPRequest, _ body: Data) throws(FSCacheError) -> Wanted {
        var request = request
        if let scheme = request.scheme, let authority = request.authority {
            let target = try TargetURL("\(scheme)://\(authority)")
            if let origin = origins.first(where: { $0.live.isSameOrigin(as: target) }) {
                (request.scheme, request.authority) = (origin.name.scheme, origin.name.authority)
            }
        }
        let secrets = matching.secretValues(of: request, body)
        for secret in placeholders + [redaction].compactMap(\.self) {
            request.path = request.path.map(secret.hide(inTarget:))
        }
        request.path = request.path.map(withoutPatterns)
        request.headerFields = hidden(request.headerFields)
        let isChanged = !substitutions.isEmpty || !settings.redactedPatterns.isEmpty
        let body = isChanged ? hidden(body) : body
        return Wanted(request: request, body: body, key: try key(of: request, body), secrets: secrets)
    }

    private func key(of request: HTTPRequest, _ body: Data) throws(FSCacheError) -> CacheKey {
        try NormalizedRequest(request, body: body, matching: matching).key
    }

    /// The wanted request with another method or origin.
    func changing(_ wanted: Wanted, _ change: (inout HTTPRequest) -> Void) throws(FSCacheError) -> Wanted {
        var changed = wanted
        change(&changed.request)
        changed.key = try key(of: changed.request, changed.body)
        return changed
    }

    /// Whether a recorded exchange answers a request.
    ///
    /// The key is computed from the recorded request, because that may have been written or changed by hand.
    func answers(_ entry: FixtureEntry, _ key: CacheKey) -> Bool {
        entry.key == key || NormalizedRequest.key(of: entry.response.request, matching: matching) == key
    }

    // MARK: Writing

    /// An exchange as it is written.
    ///
    /// - Throws: ``/FSCache/FSCacheError/Code/invalidURL``, and ``/FSCache/FSCacheError/Code/invalidResponse`` if the response can't be
    ///   searched for secrets, or holds one that is too short to be hidden.
    func entry(
        for wanted: Wanted,
        _ response: HTTPResponse,
        _ body: Data,
        facts: FixtureFacts,
        at now: Date
    ) throws(FSCacheError) -> FixtureEntry {
        let time = settings.recordedAt ?? now
        try learn(from: body, of: response)
        let echo = Substitution(redacting: SecretValues(adding: wanted.secrets))
        var fields = try redacted(normalized(hidden(response.headerFields, and: echo), at: time), of: wanted)
        let hiddenBody = try redacted(hidden(body, and: echo), response)
        if hiddenBody.count != body.count, fields[.contentLength] != nil {
            fields[.contentLength] = "\(hiddenBody.count)"
        }
        var request = try StoredResponse.Request(wanted.request, body: wanted.body, redacting: matching)
        for placeholder in placeholders { request.url = placeholder.readable(inURL: request.url) }
        var stored = StoredResponse(
            request: request,
            status: response.status,
            headerFields: fields,
            body: hiddenBody,
            requestedAt: time,
            receivedAt: time,
            createdAt: time,
            expires: nil
        )
        stored.request.headerFields = matching.distinguishing(request, varyingNames(of: stored))
        settings.redactor?(&stored)
        var facts = facts
        // Chunks are cut by their lengths, which no longer fit.
        if hiddenBody.count != body.count { (facts.chunks, facts.pauses) = (nil, nil) }
        return FixtureEntry(key: wanted.key, response: stored, facts: facts)
    }

    /// The names in `Vary` in which requests should agree.
    func varyingNames(of response: StoredResponse) -> [String] {
        // One tells the version of the client, which changes from machine to machine; the other isn't sent on.
        response.varyingNames(matching, except: ["user-agent", "accept-encoding"])
    }

    private func normalized(_ fields: HTTPFields, at time: Date) -> HTTPFields {
        var fields = fields
        for (name, value) in settings.normalizedFields where fields[name] != nil { fields[name] = value }
        guard settings.recordedAt != nil else { return fields }
        let date = fields[.date].flatMap { HTTPDate.parse($0, now: Date()) }
        if date != nil { fields[.date] = HTTPDate.format(time) }
        if let date, let expires = fields[.expires].flatMap({ HTTPDate.parse($0, now: Date()) }) {
            fields[.expires] = HTTPDate.format(time + expires.timeIntervalSince(date))
        }
        return fields
    }

    private func hidden(_ fields: HTTPFields, and echo: Substitution? = nil) -> HTTPFields {
        let hiding = substitutions + [echo].compactMap(\.self)
        return HTTPFields(
            fields.map { field in
                let value = withoutPatterns(hiding.reduce(field.value) { $1.hide(in: $0) })
                guard value != field.value else { return field }
                return HTTPField(name: field.name, value: value)
            }
        )
    }

    private func hidden(_ body: Data, and echo: Substitution? = nil) -> Data {
        let hidden = (substitutions + [echo].compactMap(\.self)).reduce(body) { $1.hide(in: $0) }
        guard !settings.redactedPatterns.isEmpty, let text = String(validating: hidden, as: UTF8.self) else {
            return hidden
        }
        return Data(withoutPatterns(text).utf8)
    }

    private func withoutPatterns(_ text: String) -> String {
        settings.redactedPatterns.reduce(text) {
            $1.replacingMatches(in: $0, with: RequestMatching.redactedValue)
        }
    }

    private var substitutions: [Substitution] { placeholders + [redaction].compactMap(\.self) + origins.map(\.text) }

    // MARK: Replaying

    /// A recorded response with the values of this machine.
    func shown(_ stored: StoredResponse) -> (head: HTTPResponse, body: Data) {
        guard !substitutions.isEmpty else {
            return (HTTPResponse(status: stored.status, headerFields: stored.headerFields), stored.body)
        }
        var fields = HTTPFields(
            stored.headerFields.map { field in
                let value = substitutions.reduce(field.value) { $1.show(in: $0) }
                return value == field.value ? field : HTTPField(name: field.name, value: value)
            }
        )
        let isJSON = fields[.contentType]?.lowercased().contains("json") ?? false
        let body = substitutions.reduce(stored.body) { $1.show(in: $0, isJSON: isJSON) }
        if body.count != stored.body.count, fields[.contentLength] != nil { fields[.contentLength] = "\(body.count)" }
        return (HTTPResponse(status: stored.status, headerFields: fields), body)
    }
}

extension Substitution {
    fileprivate init(_ placeholder: FixturePlaceholder, isRecording: Bool) throws(FSCacheError) {
        let name = placeholder.name
        guard !name.isEmpty, name.utf8.allSatisfy({ isalnum(Int32($0)) != 0 || "_-.".utf8.contains($0) }) else {
            throw FSCacheError(
                .invalidSetting,
                "A placeholder's name has letters, digits, '_', '-' and '.', unlike \(name.debugDescription)."
            )
        }
        guard !placeholder.standIn.isEmpty else {
            throw FSCacheError(.invalidSetting, "The placeholder \(name) needs something that stands in for its value.")
        }
        let value = placeholder.value().flatMap { $0.isEmpty ? nil : $0 }
        guard value != nil || placeholder.capture != nil || !isRecording else {
            throw FSCacheError(
                .invalidSetting,
                "The value of the placeholder \(name) is not known, and could be written to a file. To record, "
                    + (placeholder.environmentVariable.map { "set the environment variable \($0)." }
                        ?? "let its closure return the value.")
            )
        }
        let values = placeholder.capture == nil ? SecretValues() : placeholder.captured
        values.insert([value, placeholder.standIn].compactMap(\.self))
        self.init(token: "{{\(name)}}", values: values, shown: value ?? placeholder.standIn)
    }
}
