internal import HTTPTypes
internal import Serializers

/// The request header fields that the origin selected a response by: its `Vary` field (RFC 9110 §12.5.5).
struct VaryNames: Sendable, Hashable {
    /// The field names, in lower case, sorted and without duplicates.
    let names: [String]
    /// Whether the field is `*`: the selection depends on more than header fields, so no request matches.
    let isUnlimited: Bool

    /// Reads the `Vary` fields of a response.
    ///
    /// The result is `nil` if they name no field, so every request matches.
    init?(_ fields: HTTPFields) {
        self.init(HeaderSection(fields))
    }

    init?(_ headers: HeaderSection) {
        var names: [String] = []
        var isUnlimited = false
        headers.forEachValue(of: .vary) { value in
            Self.forEachName(in: value) { name in
                if "*" ~= name { isUnlimited = true } else { names.append(name.string.lowercased()) }
            }
        }
        guard isUnlimited || !names.isEmpty else { return nil }
        // Most responses name only one field.
        self.names = names.count < 2 ? names : Set(names).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        self.isUnlimited = isUnlimited
    }

    /// Whether the `Vary` fields of a response contain `*`.
    static func isUnlimited(_ headers: HeaderSection) -> Bool {
        var isUnlimited = false
        headers.forEachValue(of: .vary) { value in
            forEachName(in: value) { if "*" ~= $0 { isUnlimited = true } }
        }
        return isUnlimited
    }

    /// Calls `body` with each element of a list.
    ///
    /// An element ends at its first blank.
    private static func forEachName(in list: borrowing Span<UInt8>, _ body: (Span<UInt8>) -> Void) {
        var index = 0
        while index < list.count {
            var end = index
            while end < list.count, !list[end].endsListElement { end += 1 }
            if end > index {
                body(list.extracting(index..<end))
                end = list.firstIndex(of: UInt8(ascii: ","), from: end) ?? list.count
            }
            index = end + 1
        }
    }

    /// Whether a response that was selected for one request may answer another (RFC 9111 §4.1).
    ///
    /// For each named field, both requests have the same normalized value, or neither has the field. A redacted value
    /// can't be compared, so a request with such a field never matches.
    ///
    /// - Parameters:
    ///   - stored: The header fields of the request whose response is stored, redacted or not.
    ///   - new: The header fields of the new request.
    ///   - matching: The settings for redaction.
    /// - Returns: Whether the requests match.
    func matches(stored: HeaderSection, new: HTTPFields, _ matching: RequestMatching) -> Bool {
        guard !isUnlimited else { return false }
        let stored = stored.fields
        return names.allSatisfy { name in
            // A name that isn't a token can't be a field of any request.
            guard let name = HTTPField.Name(name) else { return true }
            if matching.isSettledByKey(name) { return true }
            for fields in [stored, new] where fields.contains(where: { $0.name == name && matching.isRedacted($0) }) {
                return false
            }
            return FieldValue.normalized(name, in: stored) == FieldValue.normalized(name, in: new)
        }
    }
}

extension StoredResponse {
    /// The fields that the origin selected this response by, if the request differs in them (RFC 9111 §4.1).
    ///
    /// - Parameters:
    ///   - request: A request with the same key.
    ///   - matching: The settings for redaction.
    /// - Returns: The names; `nil` if the response answers the request.
    func unmatchedVary(of request: HTTPRequest, _ matching: RequestMatching) -> VaryNames? {
        // Without any field, requests differ in none, and most hits don't have to read the names.
        if self.request.headers.isEmpty, request.headerFields.isEmpty, !VaryNames.isUnlimited(headers) { return nil }
        guard let vary = VaryNames(headers),
            !vary.matches(stored: self.request.headers, new: request.headerFields, matching)
        else { return nil }
        return vary
    }
}

extension CacheKey {
    /// The version of the rules for the keys of variants.
    static let variantVersion: StaticString = "variant/2"

    /// The key of the variant that is selected by the request's values of the fields that `Vary` names.
    ///
    /// It begins with the same four bytes as the primary key, like all keys for its method and URL.
    ///
    /// - Parameters:
    ///   - vary: The fields that the origin selects by.
    ///   - fields: The header fields of the request.
    ///   - matching: The settings for redaction.
    /// - Returns: The key, or `nil` if no request can match: with `*`, or if a named field of the request is redacted.
    func variant(_ vary: VaryNames, of fields: HTTPFields, _ matching: RequestMatching) -> CacheKey? {
        guard !vary.isUnlimited else { return nil }
        var frames = FramedBytes(version: Self.variantVersion, capacity: 256)
        frames.append(.key, octets)
        for name in vary.names {
            guard let field = HTTPField.Name(name) else {
                frames.append(.absentField, name.utf8)
                continue
            }
            if matching.isSettledByKey(field) { continue }
            guard let value = FieldValue.normalized(field, in: fields) else {
                frames.append(.absentField, name.utf8)
                continue
            }
            if fields.contains(where: { $0.name == field && matching.isRedacted($0) }) { return nil }
            frames.append(.field, Array("\(name):".utf8) + value)
        }
        return CacheKey(hashing: frames.octets).withTarget(of: self)
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
