internal import Foundation
internal import HTTPTypes

extension StoredResponse {
    /// Whether this is a part of the content (RFC 9110 §15.3.7).
    var isPartial: Bool { status == .partialContent }

    /// Which octets of the representation's content these are; `nil` if that is unknown: for a status other than 200 and
    /// 206, and for a part whose length contradicts its `Content-Range`.
    var contentRange: ContentRange? {
        if status == .ok { return content.byteCount.map { ContentRange(octets: 0..<$0, completeLength: $0) } }
        guard isPartial, let range = ContentRange(headerFields),
            content.byteCount ?? range.octets.count == range.octets.count
        else { return nil }
        return range
    }

    /// Changes the head to describe these octets: as a complete response, if they are all octets of the content
    ///(RFC 9111 §3.4).
    ///
    /// The caller sets the content.
    mutating func declare(_ range: ContentRange) {
        status = range.isComplete ? .ok : .partialContent
        headerFields[.contentRange] = range.isComplete ? nil : range.description
        headerFields[.contentLength] = String(range.octets.count)
    }

    /// Removes digests after the content has changed.
    mutating func removeDigests() {
        for name in [HTTPField.Name.contentDigest, .contentMD5] { headerFields[name] = nil }
    }
}

/// How a new part and the stored response are combined (RFC 9111 §3.4).
enum Combination: Sendable, Equatable {
    /// The stored response is kept.
    case keep
    /// The new response replaces it.
    case replace
    /// Both are joined to a larger part, or to the complete response. These octets of the stored content, counted from
    /// its own beginning, come before and after those of the new response.
    case join(ContentRange, before: Range<Int>, after: Range<Int>)
}

extension CachePolicy {
    /// Whether the request asks for the complete response, and fetching the octets after the stored part completes it
    /// (RFC 9111 §3.4).
    func canComplete(_ stored: StoredResponse, for terms: RequestTerms) -> Bool {
        settings.cacheControl && terms.request.method == .get && terms.conditions?.asksForPart != true
            && fieldsForRest(of: stored) != nil
    }

    /// Whether a stored response has all requested octets (RFC 9111 §3.3).
    func mayUse(_ stored: StoredResponse, for terms: RequestTerms) -> Bool {
        !stored.isPartial || terms.conditions?.isWithin(stored) == true
    }

    /// The fields that ask for the octets after the stored ones (RFC 9110 §13.1.5, §14.2).
    ///
    /// - Returns: The fields; `nil` if the stored octets are not the first ones, or have no strong validator.
    func fieldsForRest(of stored: StoredResponse) -> HTTPFields? {
        guard stored.isPartial, !stored.isEdited, let range = stored.contentRange, range.octets.lowerBound == 0,
            let validator = StrongValidator(of: stored), let value = stored.headerFields[validator.fieldName]
        else { return nil }
        return [.range: "bytes=\(range.octets.upperBound)-", .ifRange: value]
    }

    /// Whether a 206 is a single part with known octets, in answer to a request for a part (RFC 9110 §15.3.7,
    /// RFC 9111 §3.3).
    ///
    /// - Parameters:
    ///   - response: Its head.
    ///   - byteCount: How many octets were received, if that is known.
    ///   - terms: What the request asks of the cache.
    /// - Returns: Whether it can be stored as a part.
    func isKnownPart(_ response: StoredResponse, byteCount: Int?, _ terms: RequestTerms) -> Bool {
        let fields = response.headerFields
        guard terms.conditions?.asksForPart == true, let range = ContentRange(fields),
            fields[.contentType]?.lowercased().hasPrefix("multipart/byteranges") != true
        else { return false }
        let declared = fields[.contentLength].map { Int($0) == range.octets.count } ?? true
        return declared && byteCount ?? range.octets.count == range.octets.count
    }

    /// Decides how a new part and a stored response are combined (RFC 9111 §3.4, RFC 9110 §15.3.7.3).
    ///
    /// Parts are joined only if they have the same strong validator and no octets are missing between them. A large stored
    /// part is not copied to add a little to it, unless that makes it complete. If two parts aren't joined, the new one is
    /// kept, unless the stored one is fresh and larger.
    ///
    /// - Parameters:
    ///   - stored: The stored response that the request selected, if there is one.
    ///   - new: The received response.
    ///   - now: The time.
    /// - Returns: What to store.
    func combination(of stored: StoredResponse?, with new: StoredResponse, now: Date) -> Combination {
        guard let stored, let old = stored.contentRange, let part = new.contentRange else { return .replace }
        let isFresh = stored.expires.map { $0 > now } ?? true
        let isOfOneState = old.agrees(with: part) && Validators.selects(new.headerFields, stored.headerFields)
        // An edited body no longer equals the origin's.
        guard isOfOneState, !stored.isEdited, agreesInCoding(stored.headerFields, new.headerFields),
            let validator = StrongValidator(of: stored), validator == StrongValidator(of: new)
        else { return isFresh && isOfOneState && old.isComplete ? .keep : .replace }
        let start = old.octets.lowerBound
        let before = 0..<max(0, part.octets.lowerBound - start)
        let after = min(max(0, part.octets.upperBound - start), old.octets.count)..<old.octets.count
        let copiedCount = before.count + after.count
        guard let union = old.union(part),
            union.isComplete || copiedCount <= max(settings.gatheredByteLimit, part.octets.count)
        else { return isFresh && old.octets.count > part.octets.count ? .keep : .replace }
        return .join(union, before: before, after: after)
    }

    /// Whether two parts have the same content coding: some origins use one strong entity tag for all codings.
    ///
    /// An answer to `If-Range` may omit the field (RFC 9110 §15.3.7).
    private func agreesInCoding(_ stored: HTTPFields, _ new: HTTPFields) -> Bool {
        guard let coding = new[.contentEncoding] else { return true }
        return coding == stored[.contentEncoding]
    }

    /// The head of a stored response joined with a new part: fields of the new one replace stored ones with the same
    /// name, except fields that describe the content (RFC 9111 §3.2, §3.4).
    func combined(_ stored: StoredResponse, with new: StoredResponse, as union: ContentRange) -> StoredResponse {
        var combined = freshened(stored, by: new)
        for name in [HTTPField.Name.contentType, .contentEncoding] where !combined.headerFields.contains(name) {
            combined.headerFields[name] = new.headerFields[name]
        }
        combined.request = new.request
        combined.declare(union)
        combined.removeDigests()
        combined.removeContent()
        return combined
    }
}
