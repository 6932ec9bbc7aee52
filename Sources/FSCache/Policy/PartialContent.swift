internal import Foundation
internal import HTTPTypes

extension StoredResponse {
    /// Whether only some of the content is here (RFC 9110 §15.3.7).
    var isPartial: Bool { status == .partialContent }

    /// Which octets of the representation's content these are; `nil` where that can't be told: of a status that isn't
    /// 200 or 206, and of a part that is not as long as it says.
    var contentRange: ContentRange? {
        if status == .ok { return content.byteCount.map { ContentRange(octets: 0..<$0, completeLength: $0) } }
        guard isPartial, let range = ContentRange(headerFields), content.byteCount ?? range.octets.count == range.octets.count
        else { return nil }
        return range
    }

    /// Makes it a response that carries these octets: a complete one, if they are all that there are
    /// (RFC 9111 §3.4).
    ///
    /// The content itself is up to the caller.
    mutating func declare(_ range: ContentRange) {
        status = range.isComplete ? .ok : .partialContent
        headerFields[.contentRange] = range.isComplete ? nil : range.description
        headerFields[.contentLength] = String(range.octets.count)
    }

    /// Leaves out what is computed over a content that this is no more.
    mutating func removeDigests() {
        for name in [HTTPField.Name.contentDigest, .contentMD5] { headerFields[name] = nil }
    }
}

/// What a response that carries a part makes of what is stored already (RFC 9111 §3.4).
enum Combination: Sendable, Equatable {
    /// What is stored stays as it is.
    case keep
    /// The new response takes its place.
    case replace
    /// Both together make a larger part, or the whole. Of the stored content these octets, counted from its own
    /// beginning, come before and after those of the new response.
    case join(ContentRange, before: Range<Int>, after: Range<Int>)
}

extension CachePolicy {
    /// Whether a stored part can become the complete response that is asked for, with the octets after it
    /// (RFC 9111 §3.4).
    func canComplete(_ stored: StoredResponse, for terms: RequestTerms) -> Bool {
        settings.cacheControl && terms.request.method == .get && terms.conditions?.asksForPart != true
            && fieldsForRest(of: stored) != nil
    }

    /// Whether a stored response has what is asked for: a part is never used for more than itself (RFC 9111 §3.3).
    func mayUse(_ stored: StoredResponse, for terms: RequestTerms) -> Bool {
        !stored.isPartial || terms.conditions?.isWithin(stored) == true
    }

    /// What a request asks by for the octets after those that are stored (RFC 9110 §13.1.5, §14.2).
    ///
    /// - Returns: The fields; `nil` where the stored ones are not the first, or nothing tells that the others belong to
    ///   them.
    func fieldsForRest(of stored: StoredResponse) -> HTTPFields? {
        guard stored.isPartial, !stored.isEdited, let range = stored.contentRange, range.octets.lowerBound == 0,
            let validator = StrongValidator(of: stored), let value = stored.headerFields[validator.fieldName]
        else { return nil }
        return [.range: "bytes=\(range.octets.upperBound)-", .ifRange: value]
    }

    /// Whether a response with the status 206 is one part whose octets are known, in answer to a request for some
    /// (RFC 9110 §15.3.7, RFC 9111 §3.3).
    ///
    /// - Parameters:
    ///   - response: Its head.
    ///   - byteCount: How many octets came with it, where that is known.
    ///   - terms: What the request asks of the cache.
    /// - Returns: Whether it can be stored as that.
    func isKnownPart(_ response: StoredResponse, byteCount: Int?, _ terms: RequestTerms) -> Bool {
        let fields = response.headerFields
        guard terms.conditions?.asksForPart == true, let range = ContentRange(fields),
            fields[.contentType]?.lowercased().hasPrefix("multipart/byteranges") != true
        else { return false }
        let declared = fields[.contentLength].map { Int($0) == range.octets.count } ?? true
        return declared && byteCount ?? range.octets.count == range.octets.count
    }

    /// Decides what a new part and a stored response make together (RFC 9111 §3.4, RFC 9110 §15.3.7.3).
    ///
    /// Only parts with the same strong validator are joined, and only where no octets are missing between them. Much that
    /// is stored is not copied to add a little to it, unless that makes it complete. Of two that aren't joined the new
    /// one is kept, unless the stored one is fresh and has more.
    ///
    /// - Parameters:
    ///   - stored: The stored response that the request selected, if there is one.
    ///   - new: The response that came.
    ///   - now: The time.
    /// - Returns: What to store.
    func combination(of stored: StoredResponse?, with new: StoredResponse, now: Date) -> Combination {
        guard let stored, let old = stored.contentRange, let part = new.contentRange else { return .replace }
        let isFresh = stored.expires.map { $0 > now } ?? true
        let isOfOneState = old.agrees(with: part) && Validators.selects(new.headerFields, stored.headerFields)
        // What somebody has edited is the origin's no more.
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

    /// Whether two parts are of one content coding, for some origins give all forms of a content one strong entity tag.
    ///
    /// What answers `If-Range` may leave the field out (RFC 9110 §15.3.7).
    private func agreesInCoding(_ stored: HTTPFields, _ new: HTTPFields) -> Bool {
        guard let coding = new[.contentEncoding] else { return true }
        return coding == stored[.contentEncoding]
    }

    /// The head of a stored response and a new part together: fields of the new one take the place of those with the same
    /// name, but for those that describe the content (RFC 9111 §3.2, §3.4).
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
