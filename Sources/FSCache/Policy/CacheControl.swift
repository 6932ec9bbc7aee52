internal import HTTPTypes
internal import Serializers

/// The cache directives of a request or a response (RFC 9111 §5.2).
///
/// Names are compared without regard to case; arguments may be tokens or quoted strings. If a directive with a number is
/// repeated, the smallest number counts, and an argument that isn't a number counts as 0: both lean towards staleness
/// (RFC 9111 §4.2.1).
///
/// Reading copies nothing: the value consists of numbers and flags.
struct CacheControl: Sendable, Hashable {
    var maxAge: Int?
    var sharedMaxAge: Int?
    var minFresh: Int?
    /// Only in requests; `Int.max` for a directive without an argument, which accepts any staleness.
    var maxStale: Int?
    var staleIfError: Int?
    var staleWhileRevalidate: Int?
    var noCache = false
    var noStore = false
    var onlyIfCached = false
    var mustRevalidate = false
    var proxyRevalidate = false
    var mustUnderstand = false
    var isPublic = false
    var isPrivate = false
    var immutable = false
    /// Whether there is a `no-cache="…"` or a `private="…"`, which apply to some fields only
    /// (RFC 9111 §5.2.2.4, §5.2.2.7): see ``limitedFields(in:isShared:)``.
    var limitsFields = false
    /// Whether the directives come from a targeted field, which replaces `Cache-Control` and `Expires` (RFC 9213 §2.2).
    var isTargeted = false

    init() {}

    /// Whether a response says that several users may share it, also if it depends on the one who asked (RFC 9111 §3.5).
    ///
    /// A targeted field is for shared caches only.
    var allowsSharing: Bool { isPublic || sharedMaxAge != nil || isTargeted }

    /// Reads all `Cache-Control` fields of a message as one list.
    ///
    /// In a request without one, an HTTP/1.0 `Pragma: no-cache` counts as `no-cache` (RFC 9111 §5.4).
    init(_ fields: HTTPFields, isRequest: Bool = false) {
        var isPresent = false
        for field in fields where field.name == .cacheControl {
            isPresent = true
            field.withOctets { read($0) }
        }
        guard isRequest, !isPresent else { return }
        var pragma = CacheControl()
        for field in fields where field.name == .pragma { field.withOctets { pragma.read($0) } }
        noCache = pragma.noCache
    }

    /// Reads the directives of a response.
    ///
    /// - Parameters:
    ///   - fields: The header fields of the response.
    ///   - isTargeted: Whether `CDN-Cache-Control` comes before all others (RFC 9213 §2.2, §3.1).
    init(ofResponse fields: HTTPFields, isTargeted: Bool) {
        if isTargeted, let targeted = Self.targeted(at: .cdnCacheControl, in: fields) {
            self = targeted
        } else {
            self.init(fields)
        }
    }

    private mutating func read(_ octets: borrowing Span<UInt8>) {
        var reader = DirectiveReader(octets)
        while let element = reader.next(in: octets) {
            guard let directive = Directive(octets, name: element.name) else { continue }
            let argument: Argument
            if let range = element.argument {
                let isBlank = !octets.contains(range) { !$0.isBlank && $0 != UInt8(ascii: ",") }
                argument = isBlank ? .empty : octets.deltaSeconds(range).map { .seconds($0) } ?? .text
            } else {
                argument = .none
            }
            apply(directive, argument)
        }
    }

    /// The argument of a directive.
    enum Argument: Equatable {
        case none
        case empty
        case seconds(Int)
        case text

        /// The number of seconds; 0 if the argument isn't a number.
        var seconds: Int { if case .seconds(let seconds) = self { seconds } else { 0 } }
    }

    /// Adds a directive.
    mutating func apply(_ directive: Directive, _ argument: Argument) {
        func least(_ old: Int?) -> Int { min(old ?? .max, argument.seconds) }
        // If the argument names no field, the directive applies to the whole response.
        let namesFields = argument != .none && argument != .empty
        switch directive {
        case .maxAge: maxAge = least(maxAge)
        case .sharedMaxAge: sharedMaxAge = least(sharedMaxAge)
        case .minFresh: minFresh = max(minFresh ?? 0, argument.seconds)
        case .maxStale: maxStale = min(maxStale ?? .max, argument == .none ? .max : argument.seconds)
        case .staleIfError: staleIfError = least(staleIfError)
        case .staleWhileRevalidate: staleWhileRevalidate = least(staleWhileRevalidate)
        case .noCache: if namesFields { limitsFields = true } else { noCache = true }
        case .private: if namesFields { limitsFields = true } else { isPrivate = true }
        case .noStore: noStore = true
        case .onlyIfCached: onlyIfCached = true
        case .mustRevalidate: mustRevalidate = true
        case .proxyRevalidate: proxyRevalidate = true
        case .mustUnderstand: mustUnderstand = true
        case .public: isPublic = true
        case .immutable: immutable = true
        }
    }
}

extension CacheControl {
    /// Whether a stale response must never be served (RFC 9111 §4.2.4).
    func forbidsStale(isShared: Bool) -> Bool {
        noCache || mustRevalidate || (isShared && (proxyRevalidate || sharedMaxAge != nil))
    }

    /// The names, in lower case, of the fields that `no-cache="…"` names, and for a shared cache `private="…"`.
    ///
    /// - Parameters:
    ///   - fields: The response's header fields.
    ///   - isShared: Whether the cache is shared.
    /// - Returns: The names; some may not be valid field names.
    static func limitedFields(in fields: HTTPFields, isShared: Bool) -> Set<String> {
        var names: Set<String> = []
        for field in fields where field.name == .cacheControl {
            field.withOctets { octets in
                var reader = DirectiveReader(octets)
                while let element = reader.next(in: octets) {
                    guard let argument = element.argument else { continue }
                    switch Directive(octets, name: element.name) {
                    case .noCache: break
                    case .private where isShared: break
                    default: continue
                    }
                    var list = DirectiveReader(argument)
                    while let name = list.next(in: octets)?.name {
                        names.insert(octets.lowercasedText(name))
                    }
                }
            }
        }
        return names
    }
}

extension Span<UInt8> {
    fileprivate func contains(_ range: Range<Int>, where predicate: (UInt8) -> Bool) -> Bool {
        for index in range where predicate(self[index]) { return true }
        return false
    }
}
