package import FSCache
internal import Foundation
internal import HTTPTypes

/// How the response of an origin differs from the recorded one.
package enum FixtureDrift {
    /// How much a change matters to a program that uses the response.
    package enum Severity: String, Sendable, Codable, CaseIterable, Comparable {
        /// Nothing has changed.
        case none
        /// Only values have changed.
        case value
        /// Something was added, or has changed in a way that programs seldom depend on.
        case notable
        /// Something that programs depend on is gone or has another type.
        case breaking

        package static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    /// A difference between the two responses.
    package struct Change: Sendable, Hashable, CustomStringConvertible {
        /// The part of a response that differs.
        package enum Part: String, Sendable, Codable {
            case status
            case mediaType = "media type"
            case field
            case member
            case body
        }

        /// How much it matters.
        package let severity: Severity
        /// The part that differs.
        package let part: Part
        /// The name of the field, or the path of the JSON member; `nil` for the whole part.
        package let name: String?
        /// The recorded value, shortened; `nil` if it is absent.
        package let recorded: String?
        /// The value of the origin, shortened; `nil` if it is absent.
        package let live: String?

        /// Describes a difference.
        package init(
            _ severity: Severity,
            _ part: Part,
            named name: String? = nil,
            _ recorded: String?,
            _ live: String?
        ) {
            self.severity = severity
            self.part = part
            self.name = name
            (self.recorded, self.live) = DifferenceText.shortened(recorded, live, to: FixtureDrift.longestValue)
        }

        /// The name and both values, such as `.items[0].id: 7 → "7"`.
        package var description: String {
            let subject =
                switch part {
                case .field: "field \(name ?? "")"
                case .member: name ?? "body"
                case .status, .mediaType, .body: part.rawValue
                }
            return "\(subject): \(recorded ?? "(absent)") → \(live ?? "(absent)")"
        }
    }

    /// The number of characters up to which a value is kept.
    static let longestValue = 80

    /// Compares two responses to equal requests.
    ///
    /// Both are compared as they are written: normalized and redacted. A value in which either has something redacted, or
    /// a placeholder, is not compared.
    ///
    /// - Parameters:
    ///   - recorded: The recorded response.
    ///   - live: The response of the origin now.
    /// - Returns: The changes, the most severe ones first.
    package static func compare(_ recorded: StoredResponse, _ live: StoredResponse) -> [Change] {
        var changes = statusChanges(recorded, live) + mediaTypeChanges(recorded, live)
        // The members of an error, or of another media type, say nothing about the recorded ones.
        let isComparable = !changes.contains { $0.severity == .breaking }
        changes += fieldChanges(recorded, live)
        if isComparable, recorded.headerFields[.contentEncoding] == live.headerFields[.contentEncoding] {
            changes += bodyChanges(recorded, live)
        }
        return Severity.allCases.reversed().flatMap { severity in changes.filter { $0.severity == severity } }
    }
}

// MARK: - Heads

extension FixtureDrift {
    private static func statusChanges(_ recorded: StoredResponse, _ live: StoredResponse) -> [Change] {
        let (own, other) = (recorded.status.code, live.status.code)
        guard own != other else { return [] }
        return [Change(own / 100 == other / 100 ? .notable : .breaking, .status, "\(own)", "\(other)")]
    }

    private static func mediaTypeChanges(_ recorded: StoredResponse, _ live: StoredResponse) -> [Change] {
        let (own, other) = (mediaType(recorded), mediaType(live))
        guard own != other else { return [] }
        return [Change(own == nil ? .notable : .breaking, .mediaType, own, other)]
    }

    private static func mediaType(_ response: StoredResponse) -> String? {
        response.headerFields[.contentType].map { type in
            type.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
        }
    }

    /// Fields about the connection, the server, caches on the way and this exchange only, in lower case.
    private static let unimportantFields: Set<String> = Set(
        [
            "date", "age", "server", "via", "connection", "keep-alive", "transfer-encoding", "content-length",
            "content-encoding", "alt-svc", "nel", "report-to", "reporting-endpoints", "cache-status", "cdn-cache",
            "cf-cache-status", "x-cache", "x-cache-hits", "x-cache-lookup", "x-served-by", "x-timer", "x-powered-by",
        ] + FixtureSettings.defaultNormalizedFields.keys.map(\.canonicalName)
    )

    private static func fieldChanges(_ recorded: StoredResponse, _ live: StoredResponse) -> [Change] {
        let names = (recorded.headerFields + live.headerFields).map(\.name)
        let unique = Dictionary(names.map { ($0.canonicalName, $0) }) { name, _ in name }
        return unique.sorted { $0.key < $1.key }.compactMap { canonicalName, name in
            guard !unimportantFields.contains(canonicalName) else { return nil }
            let (own, other) = (value(name, recorded), value(name, live))
            guard own != other else { return nil }
            guard let own, let other else {
                return name == .contentType ? nil : Change(.notable, .field, named: name.rawName, own, other)
            }
            guard !HiddenValue.isIn(own), !HiddenValue.isIn(other) else { return nil }
            if name == .contentType, mediaType(recorded) != mediaType(live) { return nil }
            return Change(.value, .field, named: name.rawName, own, other)
        }
    }

    private static func value(_ name: HTTPField.Name, _ response: StoredResponse) -> String? {
        let values = response.headerFields[values: name]
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }
}

// MARK: - Bodies

extension FixtureDrift {
    private static func bodyChanges(_ recorded: StoredResponse, _ live: StoredResponse) -> [Change] {
        guard recorded.body != live.body else { return [] }
        if mediaType(recorded)?.contains("json") == true, let own = JSONMembers(recorded.body) {
            guard let other = JSONMembers(live.body) else { return [Change(.breaking, .body, "JSON", "not JSON")] }
            return own.differences(from: other).compactMap(change)
        }
        guard !HiddenValue.isIn(String(decoding: recorded.body, as: UTF8.self)),
            !HiddenValue.isIn(String(decoding: live.body, as: UTF8.self))
        else { return [] }
        return [Change(.value, .body, size(recorded.body), size(live.body))]
    }

    private static func size(_ body: Data) -> String { body.count == 1 ? "1 byte" : "\(body.count) bytes" }

    private static func change(_ difference: JSONMembers.Difference) -> Change? {
        let (own, other) = (difference.left.map(JSONValue.init), difference.right.map(JSONValue.init))
        let severity: Severity
        switch (own, other) {
        case (let own?, let other?):
            guard !own.isHidden, !other.isHidden else { return nil }
            severity = own.kind == other.kind ? .value : own.kind == .null ? .notable : .breaking
        // The length of an array is a value.
        case _ where difference.path.hasSuffix("]") && !difference.path.hasSuffix("\"]"): severity = .value
        case (_?, nil): severity = .breaking
        case (nil, _): severity = .notable
        }
        let name = difference.path.isEmpty ? nil : difference.path
        return Change(severity, .member, named: name, own?.shown, other?.shown)
    }

    /// A JSON value in compact form.
    private struct JSONValue {
        enum Kind {
            case null, boolean, number, string, array, object
        }

        let kind: Kind
        private let text: String

        init(_ text: String) {
            self.text = text
            kind =
                switch text.first {
                case "{": .object
                case "[": .array
                case "\"": .string
                case "n": .null
                case "t", "f": .boolean
                default: .number
                }
        }

        /// Whether something else stands in place of the value.
        var isHidden: Bool { kind == .string && HiddenValue.isIn(text) }

        /// The value; what is in an array or an object is left out.
        var shown: String {
            switch kind {
            case .object: text == "{}" ? text : "{…}"
            case .array: text == "[]" ? text : "[…]"
            default: text
            }
        }
    }
}
