internal import HTTPTypes

/// Which header fields of a request take part in its key.
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

    /// No header field takes part: the default.
    public static let none = HeaderMatching(choice: .names([]))

    /// Every header field takes part, apart from ignored parameters.
    ///
    /// A client that adds a field that differs each time, such as `Date`, then never hits.
    public static let all = HeaderMatching(choice: .all)

    /// Only these header fields take part, apart from those that are ignored parameters.
    ///
    /// - Parameter names: Field names, in any case. A name that no field can have matches nothing.
    /// - Returns: The choice of those fields.
    public static func names(_ names: some Sequence<String>) -> HeaderMatching {
        HeaderMatching(choice: .names(sorted(Set(names.compactMap { HTTPField.Name($0) }))))
    }

    /// Only these header fields take part, apart from those that are ignored parameters.
    ///
    /// - Parameter elements: Field names, in any case.
    public init(arrayLiteral elements: String...) {
        self = .names(elements)
    }

    private init(choice: Choice) {
        self.choice = choice
    }

    /// Whether no field can take part.
    var isNone: Bool { choice == .names([]) }

    /// The names of the fields that take part if they are present, in order, each once.
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
