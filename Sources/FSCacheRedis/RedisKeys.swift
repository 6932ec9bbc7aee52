#if Redis
internal import FSCache

/// The keys in Redis that belong to one cache key.
///
/// The page of the module describes them.
struct RedisKeys: Sendable {
    /// The part in braces: the first digits of the cache key, which the keys for one method and URL share.
    ///
    /// Redis Cluster keeps keys with the same part in braces on one server.
    let tag: String
    /// The cache key in hexadecimal digits.
    let digits: String
    private let prefix: String

    init(_ key: CacheKey, in namespace: String) {
        digits = key.description
        tag = String(digits.prefix(Self.tagCount))
        prefix = "\(namespace):{\(tag)}:"
    }

    /// A hash: the entry's attributes and its first bytes.
    var entry: String { prefix(.entry) + digits }
    /// A hash of the same form: the entry that was set aside.
    var aside: String { prefix(.aside) + digits }
    /// A set: the digits of all cache keys with the tag that have an entry.
    var index: String { "\(prefix)index" }
    /// The beginning of the keys of the bodies.
    var bodyPrefix: String { prefix(.body) }
    /// A string: the token of the process that has the lease.
    var lease: String { prefix(.lease) + digits }

    /// A hash: the numbered parts of an entry after its first bytes.
    func body(_ id: String) -> String { bodyPrefix + id }

    /// The beginning of the keys of one kind.
    func prefix(_ kind: Kind) -> String { "\(prefix)\(kind.rawValue):" }

    /// The number of digits in the tag.
    static let tagCount = 8

    /// A pattern for the keys whose tag begins with some digits.
    static func pattern(_ prefix: some StringProtocol, in namespace: String) -> String {
        let escaped = namespace.map { #"*?[]\^-"#.contains($0) ? "\\\($0)" : "\($0)" }.joined()
        return "\(escaped):{\(prefix)*}:*"
    }

    /// The kinds of keys that a scan finds.
    enum Kind: String {
        case entry, aside, index, body, lease
    }

    /// Takes a key that matches the pattern apart.
    ///
    /// - Returns: The kind, and what follows it: the cache key of an entry. `nil` for a key of another form.
    static func parts(of key: String, in namespace: String) -> (kind: Kind, name: String)? {
        guard key.hasPrefix("\(namespace):{") else { return nil }
        let rest = key.dropFirst(namespace.count + 2)
        let parts = rest.split(separator: ":", maxSplits: 2)
        guard parts.count >= 2, parts[0].count == tagCount + 1, parts[0].last == "}",
            let kind = Kind(rawValue: String(parts[1]))
        else { return nil }
        return (kind, parts.count > 2 ? String(parts[2]) : "")
    }
}
#endif
