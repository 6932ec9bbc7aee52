internal import FSCache
internal import Foundation
internal import HTTPTypes
internal import Serializers

/// What stands in a file in place of a secret: `REDACTED`, or a placeholder such as `{{API_TOKEN}}`.
enum HiddenValue {
    /// Whether a text has something redacted or a placeholder.
    static func isIn(_ text: String) -> Bool {
        text.contains(RequestMatching.redactedValue) || !placeholders(in: text).isEmpty
    }

    /// The names of the placeholders in a text, which may be percent-encoded.
    static func placeholders(in text: String) -> Set<String> {
        var names: Set<String> = []
        for (opening, closing) in [("{{", "}}"), ("%7B%7B", "%7D%7D")] where text.contains(opening) {
            for piece in text.split(separator: opening, omittingEmptySubsequences: false).dropFirst() {
                let name = piece.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "_-.".contains($0)) }
                if !name.isEmpty, piece[name.endIndex...].hasPrefix(closing) { names.insert(String(name)) }
            }
        }
        return names
    }

    /// The names of the placeholders in a recorded request.
    static func placeholders(in request: StoredResponse.Request) -> Set<String> {
        placeholders(in: [request.url] + request.headerFields.map(\.value), request.body)
    }

    /// The names of the placeholders in a recorded response.
    static func placeholders(in response: StoredResponse) -> Set<String> {
        placeholders(in: response.headerFields.map(\.value), response.body)
    }

    private static func placeholders(in texts: [String], _ body: Data) -> Set<String> {
        (texts + [String(decoding: body, as: UTF8.self)]).reduce(into: []) { $0.formUnion(placeholders(in: $1)) }
    }

    /// The names of what was redacted in an exchange: of header fields, parameters of the query and members of JSON.
    ///
    /// The settings that redacted them belong to a test and are not known here.
    static func redactedNames(in response: StoredResponse) -> Set<String> {
        let fields = response.headerFields + response.request.headerFields
        var names = Set(fields.filter { $0.value == RequestMatching.redactedValue }.map(\.name.rawName))
        let query = response.request.url.drop { $0 != "?" }.dropFirst()
        for parameter in query.split(separator: "&") where parameter.hasSuffix("=\(RequestMatching.redactedValue)") {
            let name = parameter.prefix { $0 != "=" }
            names.insert(name.removingPercentEncoding ?? String(name))
        }
        for body in [response.body, response.request.body] {
            guard let document = try? JSONText(body).document() else { continue }
            collect(document, &names)
        }
        return names
    }

    private static func collect(_ document: Document, _ names: inout Set<String>) {
        switch document {
        case .map(let members):
            for member in members {
                if case .string(RequestMatching.redactedValue) = member.value { names.insert(member.name) }
                collect(member.value, &names)
            }
        case .array(let elements): for element in elements { collect(element, &names) }
        default: break
        }
    }
}
