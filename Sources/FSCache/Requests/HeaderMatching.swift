internal import HTTPTypes

/// The header fields of a request that enter its key.
///
/// ```swift
/// settings.matchHeaders = ["Accept", "Accept-Language"]
/// ```
public struct HeaderMatching: Sendable, Hashable, ExpressibleByArrayLiteral {
    private enum Choice: Sendable, Hashable {
        case all
        case names(ParameterNames)
    }

    private let choice: Choice

    /// No header field.
    public static let none = HeaderMatching(choice: .names(ParameterNames([])))

    /// Every header field, except ignored parameters, and credentials if they are ignored.
    ///
    /// If a client adds a field that differs each time, such as `Date`, its requests never hit.
    public static let all = HeaderMatching(choice: .all)

    /// These header fields, even if they are ignored parameters or credentials.
    ///
    /// - Parameter names: Field names, in any case. Invalid names are ignored.
    /// - Returns: The choice of these fields.
    public static func names(_ names: some Sequence<String>) -> HeaderMatching {
        HeaderMatching(choice: .names(ParameterNames(Array(names))))
    }

    /// These header fields, even if they are ignored parameters or credentials.
    ///
    /// - Parameter elements: Field names, in any case.
    public init(arrayLiteral elements: String...) {
        self = .names(elements)
    }

    private init(choice: Choice) {
        self.choice = choice
    }

    /// Whether every field enters the key.
    var isAll: Bool { choice == .all }

    /// Whether a field was chosen by its name.
    func names(_ name: HTTPField.Name) -> Bool {
        if case .names(let names) = choice { names.contains(field: name) } else { false }
    }
}
