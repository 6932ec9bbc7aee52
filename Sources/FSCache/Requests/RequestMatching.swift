internal import Foundation
package import HTTPTypes

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

    /// Whether a parameter of this name is ignored, or holds a credential, such as `user[access_token]`.
    func isSecret(_ name: borrowing Span<UInt8>) -> Bool {
        ignored.contains(name) || credentials.containsPart(of: name)
    }

    /// Whether the content of a request holds a secret, or can't be searched for one.
    func mayHoldSecret(_ body: Data, of request: HTTPRequest) -> Bool { redacted(body, of: request) != body }

    /// How the value of a parameter is written.
    func treatment(of name: borrowing Span<UInt8>, for purpose: Purpose) -> Treatment {
        if purpose == .wire { return .plain }
        if ignored.contains(name) { return purpose == .key ? .omitted : .redacted }
        guard credentials.containsPart(of: name) else { return .plain }
        return purpose == .record ? .redacted : separatesCredentials ? .digested : .omitted
    }

    /// Whether the value of a request's header field is never stored.
    package func isRedacted(_ name: HTTPField.Name) -> Bool {
        isSecret(name) || (redactsCookies && Self.cookies.contains(name))
    }

    package static let cookies = [.cookie] + ["Cookie2"].compactMap { HTTPField.Name($0) }
    /// The fields of a response that set cookies, also as in RFC 2965.
    static let setCookies = [.setCookie] + ["Set-Cookie2"].compactMap { HTTPField.Name($0) }

    /// Whether a header field is ignored, or holds a credential.
    private func isSecret(_ name: HTTPField.Name) -> Bool {
        ignored.contains(field: name) || credentials.contains(field: name)
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
            if Self.methodOverrides.contains(field: name) { return (name, false) }
            // It names the target of the request (RFC 9110 §7.1), unless the URL does already.
            if name.canonicalName == "host" { return fields[name] == request.authority ? nil : (name, false) }
            if ignored.contains(field: name) { return nil }
            if credentials.contains(field: name) { return separatesCredentials ? (name, true) : nil }
            return matchHeaders.isAll ? (name, isRedacted(name)) : nil
        }
        .sorted { $0.name.canonicalName < $1.name.canonicalName }
    }

    /// The fields that override the method: an origin may act on the one that they name.
    static let methodOverrides = ParameterNames(["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
}

/// Names that are looked up without regard to ASCII case.
struct ParameterNames: Sendable, Hashable {
    private let names: [[UInt8]]
    /// The names as they are compared with those of header fields.
    private let fieldNames: [[UInt8]]
    /// The lengths of the names modulo 64, one bit for each, which decide most lookups.
    private let lengths: UInt64

    init(_ names: [String]) {
        let lowercased = names.map { $0.utf8.map(\.lowercased) }.filter { !$0.isEmpty }
        func sorted(_ names: [[UInt8]]) -> [[UInt8]] { Set(names).sorted { Self.order($0, $1.span, \.self) < 0 } }
        self.names = sorted(lowercased)
        self.fieldNames = sorted(lowercased.map { $0.map(\.inFieldName) })
        self.lengths = lowercased.reduce(0) { $0 | 1 << UInt64($1.count & 63) }
    }

    var isEmpty: Bool { names.isEmpty }

    func contains(_ name: borrowing Span<UInt8>) -> Bool { find(name, in: names, \.lowercased) }

    /// Whether a header field has one of the names, or one that an origin may take for it.
    ///
    /// Programs that get fields as variables see `HTTP_X_API_KEY` for `X-API-Key` and for `X_API_Key` (RFC 3875 §4.1.18).
    func contains(field name: HTTPField.Name) -> Bool {
        var name = name.canonicalName
        return name.withUTF8 { find(unsafe $0.span, in: fieldNames, \.inFieldName) }
    }

    private func find(_ name: borrowing Span<UInt8>, in names: [[UInt8]], _ form: (UInt8) -> UInt8) -> Bool {
        guard lengths & 1 << UInt64(name.count & 63) != 0 else { return false }
        var (low, high) = (0, names.count)
        while low < high {
            let middle = (low + high) / 2
            let order = Self.order(names[middle], name, form)
            if order == 0 { return true }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return false
    }

    /// Whether a name is one of these, or a part of it between brackets and full stops is.
    func containsPart(of name: borrowing Span<UInt8>) -> Bool {
        var start = 0
        for index in name.indices where name[index].dividesNames {
            if contains(name.extracting(start..<index)) { return true }
            start = index + 1
        }
        return contains(name.extracting(start..<name.count)) || (start > 0 && contains(name))
    }

    /// Orders names by their lengths, then by their octets: negative if the first one comes first.
    private static func order(
        _ candidate: [UInt8],
        _ name: borrowing Span<UInt8>,
        _ form: (UInt8) -> UInt8
    ) -> Int {
        guard candidate.count == name.count else { return candidate.count - name.count }
        for index in candidate.indices {
            let (left, right) = (candidate[index], form(name[index]))
            if left != right { return Int(left) - Int(right) }
        }
        return 0
    }
}

extension UInt8 {
    /// A character in the name of a header field: letters in lower case, and hyphens for all but letters and digits.
    fileprivate var inFieldName: UInt8 {
        switch lowercased {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): lowercased
        default: UInt8(ascii: "-")
        }
    }

    /// Whether names such as `user[access_token]` and `auth.api_key` are divided here.
    fileprivate var dividesNames: Bool {
        self == UInt8(ascii: ".") || self == UInt8(ascii: "[") || self == UInt8(ascii: "]")
    }
}
