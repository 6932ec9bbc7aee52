import FSCache
import Foundation
import HTTPTypes

/// The form in which requests are compared, and in which exchanges are written: without secrets and without what differs
/// from one recording to the next.
struct FixtureForm: Sendable {
    let settings: FixtureSettings
    let matching: RequestMatching
    private let placeholders: [Substitution]
    private let origins: [(live: TargetURL, name: TargetURL, text: Substitution)]

    /// A request in that form.
    struct Wanted: Sendable {
        var request: HTTPRequest
        var body: Data
        var key: CacheKey

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
    /// - Throws: ``/FSCache/FSCacheError/Code/invalidSetting`` if a name is not valid, or a value is not known.
    init(_ settings: FixtureSettings, isRecording: Bool) throws(FSCacheError) {
        self.settings = settings
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
            origins.append((live, name, Substitution(token: nameText, values: [liveText], shown: liveText)))
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
        for placeholder in placeholders { request.path = request.path.map(placeholder.hide(inTarget:)) }
        request.path = request.path.map(withoutPatterns)
        request.headerFields = hidden(request.headerFields)
        let isChanged = !placeholders.isEmpty || !origins.isEmpty || !settings.redactedPatterns.isEmpty
        let body = isChanged ? hidden(body) : body
        return Wanted(request: request, body: body, key: try key(of: request, body))
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
    ///   searched for secrets.
    func entry(
        for wanted: Wanted,
        _ response: HTTPResponse,
        _ body: Data,
        facts: FixtureFacts,
        at now: Date
    ) throws(FSCacheError) -> FixtureEntry {
        let time = settings.recordedAt ?? now
        var fields = try redacted(normalized(hidden(response.headerFields), at: time), of: wanted)
        let hiddenBody = hidden(try redacted(body, response))
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
        // It tells the version of the client, which changes from machine to machine.
        response.varyingNames(matching, except: ["user-agent"])
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

    private func redacted(_ fields: HTTPFields, of wanted: Wanted) throws(FSCacheError) -> HTTPFields {
        var fields = matching.redacted(responseFields: fields)
        for name in [HTTPField.Name.location, .contentLocation] {
            guard let value = fields[name], matching.holdsSecret(value) else { continue }
            let base = try TargetURL(
                "\(wanted.request.scheme ?? "http")://\(wanted.request.authority ?? "")\(wanted.request.path ?? "/")"
            )
            let target = HTTPRequest(method: .get, target: try base.resolving(value))
            fields[name] = try StoredResponse.Request(target, redacting: matching).url
        }
        return fields
    }

    private func redacted(_ body: Data, _ response: HTTPResponse) throws(FSCacheError) -> Data {
        guard let type = response.headerFields[.contentType], type.lowercased().contains("json") else { return body }
        var message = HTTPRequest(method: .post, scheme: "https", authority: "localhost", path: "/")
        message.headerFields[.contentType] = type
        message.headerFields[.contentEncoding] = response.headerFields[.contentEncoding]
        let redacted = matching.redacted(body, of: message)
        guard !RequestMatching.isWithheld(redacted) else {
            throw FSCacheError(
                .invalidResponse,
                "The response says that it is JSON, but can't be searched for secrets, so it was not recorded. If it "
                    + "has none, record it with settings.credentialParameters and ignoredParameters that are empty."
            )
        }
        return redacted
    }

    private func hidden(_ fields: HTTPFields) -> HTTPFields {
        HTTPFields(
            fields.map { field in
                let value = withoutPatterns(substitutions.reduce(field.value) { $1.hide(in: $0) })
                guard value != field.value else { return field }
                return HTTPField(name: field.name, value: value)
            }
        )
    }

    private func hidden(_ body: Data) -> Data {
        let hidden = substitutions.reduce(body) { $1.hide(in: $0) }
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

    private var substitutions: [Substitution] { placeholders + origins.map(\.text) }

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
        guard value != nil || !isRecording else {
            throw FSCacheError(
                .invalidSetting,
                "The value of the placeholder \(name) is not known, and could be written to a file. To record, "
                    + (placeholder.environmentVariable.map { "set the environment variable \($0)." }
                        ?? "let its closure return the value.")
            )
        }
        self.init(
            token: "{{\(name)}}",
            values: [value, placeholder.standIn].compactMap { $0 },
            shown: value ?? placeholder.standIn
        )
    }
}
