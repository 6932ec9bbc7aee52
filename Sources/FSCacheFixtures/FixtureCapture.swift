internal import Foundation
public import HTTPTypes
internal import Synchronization

/// Where the value of a placeholder is found in the responses that are recorded.
///
/// ```swift
/// FixturePlaceholder("TOKEN", capturing: .member("token"), standIn: "token-for-tests")
/// ```
public struct FixtureCapture: Sendable {
    private enum Place: Sendable {
        case member(String)
        case field(HTTPField.Name)
        case match(FixturePattern)
    }

    private let place: Place

    /// The value of a member of JSON, if it is a string.
    ///
    /// - Parameter name: The name, at any depth, or a path from the root, such as `session.token`.
    /// - Returns: The place.
    public static func member(_ name: String) -> FixtureCapture { FixtureCapture(place: .member(name)) }

    /// The value of a header field.
    ///
    /// - Parameter name: The name of the field.
    /// - Returns: The place.
    public static func field(_ name: HTTPField.Name) -> FixtureCapture { FixtureCapture(place: .field(name)) }

    /// What a regular expression matches, in header fields and in text.
    ///
    /// - Parameter regex: The regular expression. If it has groups, such as `/ticket=(\w+)/`, the value is the first.
    /// - Returns: The place.
    public static func match<Output>(_ regex: sending Regex<Output>) -> FixtureCapture {
        FixtureCapture(place: .match(FixturePattern(regex)))
    }

    /// The values in header fields.
    func values(in fields: HTTPFields) -> [String] {
        switch place {
        case .member: []
        case .field(let name): fields[values: name]
        case .match(let pattern): fields.flatMap { pattern.values(in: $0.value) }
        }
    }

    /// The values in content.
    func values(in body: Data) -> [String] {
        switch place {
        case .field: []
        case .match(let pattern): String(validating: body, as: UTF8.self).map(pattern.values) ?? []
        case .member(let name):
            (try? JSONSerialization.jsonObject(with: body, options: .fragmentsAllowed)).map {
                Self.values(of: name, in: $0)
            } ?? []
        }
    }

    private static func values(of name: String, in json: Any) -> [String] {
        if name.contains(".") {
            let found = name.split(separator: ".").reduce(Optional(json)) { ($0 as? [String: Any])?[String($1)] }
            return (found as? String).map { [$0] } ?? []
        }
        if let array = json as? [Any] { return array.flatMap { values(of: name, in: $0) } }
        guard let object = json as? [String: Any] else { return [] }
        return ((object[name] as? String).map { [$0] } ?? []) + object.values.flatMap { values(of: name, in: $0) }
    }
}
