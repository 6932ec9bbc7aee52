public import HTTPTypes

/// The request header fields that a response was chosen by: its `Vary` field (RFC 9110 §12.5.5).
public struct VaryNames: Sendable, Hashable {
    /// The field names, in lower case, sorted, each once.
    public let names: [String]
    /// Whether the response was chosen by more than header fields tell (`*`): no request matches it.
    public let isUnlimited: Bool

    /// Reads the `Vary` fields of a response; `nil` when they name nothing, and every request for the URL matches.
    ///
    /// - Parameter fields: The response's header fields.
    public init?(_ fields: HTTPFields) {
        self.init(HeaderSection(fields))
    }

    init?(_ headers: HeaderSection) {
        var names: [String] = []
        var isUnlimited = false
        headers.forEachValue(of: .vary) { value in
            Self.forEachName(in: value) { name in
                if name == "*" { isUnlimited = true } else { names.append(name) }
            }
        }
        guard isUnlimited || !names.isEmpty else { return nil }
        // Most responses name one field.
        self.names = names.count < 2 ? names : Set(names).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        self.isUnlimited = isUnlimited
    }

    /// Calls `body` with each element of a list, in lower case, up to a blank in it.
    private static func forEachName(in list: borrowing Span<UInt8>, _ body: (String) -> Void) {
        var index = 0
        while index < list.count {
            var end = index
            while end < list.count, !list[end].endsListElement { end += 1 }
            if end > index {
                let name = unsafe list.extracting(index..<end).withUnsafeBufferPointer {
                    unsafe String(decoding: $0, as: UTF8.self)
                }
                body(name.lowercased())
                end = list.firstIndex(of: UInt8(ascii: ","), from: end) ?? list.count
            }
            index = end + 1
        }
    }

    /// Whether a response that was chosen for one request may answer another (RFC 9111 §4.1).
    ///
    /// Field by field, both requests have it with the same normalized value, or neither has it. A field whose value is
    /// redacted can't be compared: a request that has it never matches.
    ///
    /// - Parameters:
    ///   - stored: The header fields of the request whose response is stored, redacted or not.
    ///   - new: The header fields of the new request.
    ///   - matching: What is redacted.
    /// - Returns: Whether the requests match. Never with `*`.
    public func matches(stored: HTTPFields, new: HTTPFields, _ matching: RequestMatching) -> Bool {
        matches(stored: HeaderSection(stored), new: new, matching)
    }

    func matches(stored: HeaderSection, new: HTTPFields, _ matching: RequestMatching) -> Bool {
        guard !isUnlimited else { return false }
        if stored.isEmpty, new.isEmpty { return true }
        let stored = stored.fields
        return names.allSatisfy { name in
            // No request has a field whose name is no token.
            guard let name = HTTPField.Name(name) else { return true }
            if matching.isRedacted(name) { return !stored.contains(name) && !new.contains(name) }
            return FieldValue.normalized(name, in: stored) == FieldValue.normalized(name, in: new)
        }
    }
}

extension CacheKey {
    /// The edition of the rules by which variants are keyed.
    static let variantVersion: StaticString = "variant/1"

    /// The key of a variant: of the response to requests with the same primary key and the same values of the fields
    /// that the origin chooses by.
    ///
    /// It begins with the same two bytes as the primary key, so that all variants of a URL lie in one shard.
    ///
    /// - Parameters:
    ///   - vary: The fields that the origin chooses by.
    ///   - fields: The header fields of the request.
    ///   - matching: What is redacted.
    /// - Returns: The key, or `nil` when no request can match: with `*`, or when the request has a field whose value is
    ///   redacted.
    public func variant(_ vary: VaryNames, of fields: HTTPFields, _ matching: RequestMatching) -> CacheKey? {
        guard !vary.isUnlimited else { return nil }
        var frames = FramedBytes(version: Self.variantVersion, capacity: 256)
        frames.append(.key, octets)
        for name in vary.names {
            guard let field = HTTPField.Name(name), let value = FieldValue.normalized(field, in: fields) else {
                frames.append(.absentField, name.utf8)
                continue
            }
            guard !matching.isRedacted(field) else { return nil }
            frames.append(.field, Array("\(name):".utf8) + value)
        }
        let digest = CacheKey(hashing: frames.octets)
        let shard: UInt64 = 0xFFFF << 48
        return CacheKey(
            words: (words.0 & shard | digest.words.0 & ~shard, digest.words.1, digest.words.2, digest.words.3)
        )
    }

    /// The 32 bytes of the digest.
    private var octets: [UInt8] {
        [words.0, words.1, words.2, words.3].flatMap { word in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
        }
    }
}

extension UInt8 {
    fileprivate var endsListElement: Bool {
        self == UInt8(ascii: ",") || self == UInt8(ascii: " ") || self == UInt8(ascii: "\t")
    }
}
