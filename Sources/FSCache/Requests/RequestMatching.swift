internal import HTTPTypes

/// The settings that keys and redaction depend on, prepared once for many requests.
///
/// It is a class because it is passed on several times for each request, and copying its values would retain each of them.
package final class RequestMatching: Sendable {
    /// How the value of a parameter or a header field is written.
    enum Treatment: Sendable {
        /// Unchanged, in normal form.
        case plain
        /// Not at all, and neither is its name.
        case omitted
        /// As its digest, so that requests with different values have different keys.
        case digested
        /// As ``RequestMatching/redactedValue``.
        case redacted
    }

    /// The use of a normalized request.
    enum Purpose: Sendable {
        /// It is digested, and tells requests apart.
        case key
        /// It is stored with the response.
        case record
        /// It is sent.
        case wire
    }

    let ignored: ParameterNames
    let credentials: ParameterNames
    /// Whether the digests of credentials enter the key.
    let separatesCredentials: Bool
    let matchHeaders: HeaderMatching
    let urlMatching: URLMatching
    /// The dotted name of the JSON member in which parameters are ignored, in lower case.
    let contentRoot: [UInt8]?
    let redactsCookies: Bool
    let isTLSVerificationDisabled: Bool
    /// Whether a function of the user makes the keys, so that it is unknown what they depend on.
    let hasKeyFunction: Bool

    /// The text that replaces a redacted value.
    package static let redactedValue = "REDACTED"

    init(
        ignored: ParameterNames,
        credentials: ParameterNames = ParameterNames([]),
        separatesCredentials: Bool = true,
        matchHeaders: HeaderMatching = .none,
        urlMatching: URLMatching = .sortedQuery,
        contentRoot: [UInt8]? = nil,
        redactsCookies: Bool = false,
        isTLSVerificationDisabled: Bool = false,
        hasKeyFunction: Bool = false
    ) {
        self.ignored = ignored
        self.credentials = credentials
        self.separatesCredentials = separatesCredentials
        self.matchHeaders = matchHeaders
        self.urlMatching = urlMatching
        self.contentRoot = contentRoot
        self.redactsCookies = redactsCookies
        self.isTLSVerificationDisabled = isTLSVerificationDisabled
        self.hasKeyFunction = hasKeyFunction
    }
}

extension RequestMatching {
    /// Whether any value is secret, apart from cookies.
    var hasSecrets: Bool { !ignored.isEmpty || !credentials.isEmpty }

    /// Whether a parameter of this name is ignored, or holds a credential.
    func isSecret(_ name: borrowing Span<UInt8>) -> Bool {
        ignored.contains(name) || credentials.contains(name)
    }

    /// How the value of a parameter is written.
    func treatment(of name: borrowing Span<UInt8>, for purpose: Purpose) -> Treatment {
        if purpose == .wire { return .plain }
        if ignored.contains(name) { return purpose == .key ? .omitted : .redacted }
        guard credentials.contains(name) else { return .plain }
        return purpose == .record ? .redacted : separatesCredentials ? .digested : .omitted
    }

    /// Whether the value of a request's header field is never stored.
    func isRedacted(_ name: HTTPField.Name) -> Bool {
        isSecret(name) || (redactsCookies && name == .cookie)
    }

    /// Whether a header field is ignored, or holds a credential.
    private func isSecret(_ name: HTTPField.Name) -> Bool {
        ignored.contains(name.canonicalName) || credentials.contains(name.canonicalName)
    }

    /// Whether requests with the same key agree on this field as far as the settings want them to, so that `Vary` need
    /// not tell them apart by it.
    func isSettledByKey(_ name: HTTPField.Name) -> Bool {
        !hasKeyFunction && (isSecret(name) || matchHeaders.names(name))
    }

    /// The header fields of a request that enter its key, in the order of their names.
    func fieldsOfKey(_ request: HTTPRequest) -> [(name: HTTPField.Name, isDigested: Bool)] {
        let fields = request.headerFields
        guard !fields.isEmpty else { return [] }
        return Set(fields.map(\.name)).compactMap { name in
            if matchHeaders.names(name) { return (name, isRedacted(name)) }
            if Self.methodOverrides.contains(name) { return (name, false) }
            // It names the target of the request (RFC 9110 §7.1), unless the URL does already.
            if name.canonicalName == "host" { return fields[name] == request.authority ? nil : (name, false) }
            if ignored.contains(name.canonicalName) { return nil }
            if credentials.contains(name.canonicalName) { return separatesCredentials ? (name, true) : nil }
            return matchHeaders.isAll ? (name, isRedacted(name)) : nil
        }
        .sorted { $0.name.canonicalName < $1.name.canonicalName }
    }

    /// The fields that override the method: an origin may act on the one that they name.
    static let methodOverrides = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"]
        .compactMap { HTTPField.Name($0) }
}

/// Names that are looked up without regard to ASCII case.
struct ParameterNames: Sendable {
    private let names: [[UInt8]]
    /// The lengths of the names modulo 64, one bit for each, which decide most lookups.
    private let lengths: UInt64

    init(_ names: [String]) {
        let lowercased = names.map { $0.utf8.map(\.lowercased) }.filter { !$0.isEmpty }
        self.names = Set(lowercased).sorted { $0.lexicographicallyPrecedes($1) }
        self.lengths = lowercased.reduce(0) { $0 | 1 << UInt64($1.count & 63) }
    }

    var isEmpty: Bool { names.isEmpty }

    func contains(_ name: borrowing Span<UInt8>) -> Bool {
        guard lengths & 1 << UInt64(name.count & 63) != 0 else { return false }
        search: for candidate in names where candidate.count == name.count {
            for index in candidate.indices where candidate[index] != name[index].lowercased { continue search }
            return true
        }
        return false
    }

    func contains(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { contains(unsafe $0.span) }
    }
}
