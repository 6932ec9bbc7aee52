internal import HTTPTypes

/// The header fields of a request that enter its key.
///
/// ```swift
/// settings.matchHeaders = ["Accept", "Accept-Language"]
/// ```
public struct HeaderMatching: Sendable, Hashable, ExpressibleByArrayLiteral {
    private enum Choice: Sendable, Hashable {
        case all
        case names([HTTPField.Name])
    }

    private let choice: Choice

    /// No header field.
    public static let none = HeaderMatching(choice: .names([]))

    /// Every header field, except ignored parameters.
    ///
    /// If a client adds a field that differs each time, such as `Date`, its requests never hit.
    public static let all = HeaderMatching(choice: .all)

    /// These header fields, except ignored parameters.
    ///
    /// - Parameter names: Field names, in any case. Invalid names are ignored.
    /// - Returns: The choice of these fields.
    public static func names(_ names: some Sequence<String>) -> HeaderMatching {
        HeaderMatching(choice: .names(sorted(Set(names.compactMap { HTTPField.Name($0) }))))
    }

    /// These header fields, except ignored parameters.
    ///
    /// - Parameter elements: Field names, in any case.
    public init(arrayLiteral elements: String...) {
        self = .names(elements)
    }

    private init(choice: Choice) {
        self.choice = choice
    }

    /// Whether no field enters the key.
    var isNone: Bool { choice == .names([]) }

    /// The names of the fields that enter the key if they are present, sorted and without duplicates.
    func names(in fields: HTTPFields) -> [HTTPField.Name] {
        switch choice {
        case .all: Self.sorted(Set(fields.map(\.name)))
        case .names(let names): names
        }
    }

    private static func sorted(_ names: Set<HTTPField.Name>) -> [HTTPField.Name] {
        names.sorted { $0.canonicalName < $1.canonicalName }
    }
}
