/// The settings that keys and redaction depend on, prepared once for many requests.
package struct RequestMatching: Sendable {
    let ignored: IgnoredParameters
    let matchHeaders: HeaderMatching
    /// The dotted name of the JSON member in which parameters are ignored, in lower case.
    let contentRoot: [UInt8]?
    let redactsCookies: Bool
    let redactsCredentials: Bool
    let isTLSVerificationDisabled: Bool

    /// The text that replaces a redacted value.
    package static let redactedValue = "REDACTED"

    init(
        ignored: IgnoredParameters,
        matchHeaders: HeaderMatching = .none,
        contentRoot: [UInt8]? = nil,
        redactsCookies: Bool = false,
        redactsCredentials: Bool = false,
        isTLSVerificationDisabled: Bool = false
    ) {
        self.ignored = ignored
        self.matchHeaders = matchHeaders
        self.contentRoot = contentRoot
        self.redactsCookies = redactsCookies
        self.redactsCredentials = redactsCredentials
        self.isTLSVerificationDisabled = isTLSVerificationDisabled
    }
}

/// Names that are looked up without regard to ASCII case.
struct IgnoredParameters: Sendable {
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

    func contains(_ name: [UInt8]) -> Bool {
        contains(name.span)
    }

    func contains(_ name: ArraySlice<UInt8>) -> Bool {
        contains(name.span)
    }

    func contains(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { contains(unsafe $0.span) }
    }
}
