import FSCache
import Foundation
import HTTPTypes

extension FixtureForm {
    /// Finds the secrets in the head of a response, before the client sees them and may send them.
    ///
    /// - Throws: ``/FSCache/FSCacheError/Code/invalidResponse`` if one is too short to be hidden.
    func learn(from head: HTTPResponse) throws(FSCacheError) {
        learned.add(matching.secretValues(in: head.headerFields))
        for placeholder in settings.placeholders {
            try placeholder.keep(placeholder.capture?.values(in: head.headerFields) ?? [])
        }
    }

    /// Finds the secrets in the content of a response.
    ///
    /// - Throws: ``/FSCache/FSCacheError/Code/invalidResponse`` if one is too short to be hidden.
    func learn(from body: Data, of head: HTTPResponse) throws(FSCacheError) {
        for placeholder in settings.placeholders {
            try placeholder.keep(placeholder.capture?.values(in: body) ?? [])
        }
        learned.add(Self.message(with: head).map { matching.secretValues(in: body, of: $0) } ?? [])
    }

    /// Header fields of a response with the values redacted that their names tell.
    func redacted(_ fields: HTTPFields, of wanted: Wanted) throws(FSCacheError) -> HTTPFields {
        let redacted = matching.redacted(responseFields: fields)
        var result = HTTPFields(zip(fields, redacted).map { isPlaceholder($0.value) ? $0 : $1 })
        for name in [HTTPField.Name.location, .contentLocation] {
            guard let value = result[name], matching.holdsSecret(withoutPlaceholders(value)) else { continue }
            let base = try TargetURL(
                "\(wanted.request.scheme ?? "http")://\(wanted.request.authority ?? "")\(wanted.request.path ?? "/")"
            )
            let target = HTTPRequest(method: .get, target: try base.resolving(value))
            result[name] = try StoredResponse.Request(target, redacting: matching).url
        }
        return result
    }

    /// JSON and forms of a response with the values redacted that their names tell.
    func redacted(_ body: Data, _ response: HTTPResponse) throws(FSCacheError) -> Data {
        guard let message = Self.message(with: response) else { return body }
        let redacted = matching.redacted(body, of: message) { isPlaceholder(String(decoding: $0, as: UTF8.self)) }
        guard !RequestMatching.isWithheld(redacted) else {
            throw FSCacheError(
                .invalidResponse,
                "The response says that it is \(response.headerFields[.contentType] ?? ""), but can't be searched for "
                    + "secrets, so it was not recorded. If it has none, record it with settings.credentialParameters and "
                    + "ignoredParameters that are empty."
            )
        }
        return redacted
    }

    /// A message with the content of a response, if its format tells names.
    private static func message(with response: HTTPResponse) -> HTTPRequest? {
        let type = response.headerFields[.contentType]?.lowercased() ?? ""
        guard type.contains("json") || type.hasPrefix("application/x-www-form-urlencoded") else { return nil }
        var message = HTTPRequest(method: .post, scheme: "https", authority: "localhost", path: "/")
        message.headerFields[.contentType] = type
        message.headerFields[.contentEncoding] = response.headerFields[.contentEncoding]
        return message
    }

    /// Whether a value is a placeholder, which is put back on replay and so isn't redacted: alone, in the quotes of JSON, or
    /// after the scheme of credentials.
    private func isPlaceholder(_ value: String) -> Bool {
        let last = value.split(separator: " ", maxSplits: 1).last ?? ""
        let text = last.trimmingCharacters(in: CharacterSet(charactersIn: "\""))
        return placeholders.contains { $0.isToken(text) }
    }

    /// A URL without the parameters whose values are placeholders.
    private func withoutPlaceholders(_ url: String) -> String {
        url.split(separator: "&", omittingEmptySubsequences: false).map { parameter in
            let value = parameter.split(separator: "=", maxSplits: 1).last ?? ""
            guard placeholders.contains(where: { $0.isToken(String(value)) }) else { return String(parameter) }
            return parameter.lastIndex(of: "?").map { String(parameter[...$0]) } ?? ""
        }.joined(separator: "&")
    }
}

extension FixturePlaceholder {
    /// Hides values from now on.
    fileprivate func keep(_ values: [String]) throws(FSCacheError) {
        let values = values.filter { $0 != standIn }
        guard values.allSatisfy({ $0.utf8.count >= SecretValues.shortestLength }) else {
            throw FSCacheError(
                .invalidResponse,
                "A value for the placeholder \(name) has fewer than \(SecretValues.shortestLength) octets, and can't be told "
                    + "apart from other text, so the response was not recorded."
            )
        }
        captured.add(values)
    }
}

extension Substitution {
    /// Writes `REDACTED` in place of secrets.
    init(redacting secrets: SecretValues) {
        self.init(token: RequestMatching.redactedValue, values: secrets, shown: RequestMatching.redactedValue)
    }
}
