internal import Foundation
internal import HTTPTypes

/// What a client asks of the cache by conditions and ranges of its own (RFC 9111 §4.3.2, RFC 9110 §13.2, §14.2).
///
/// The cache takes them off a request that it validates a stored response with, and answers them itself from the
/// complete response, or from a part that has all that is asked for.
struct ClientConditions: Sendable {
    /// What a response becomes.
    enum Answer: Equatable {
        /// The response as it is.
        case complete
        /// 304: the client has it.
        case notModified
        /// 206: some of its octets.
        case part(Range<Int>)
        /// 416: it has no such octets.
        case unsatisfiable
    }

    private let fields: HTTPFields
    /// The range of octets that is asked for, if it is one, and one that makes sense.
    private let range: ByteRange?
    /// Whether parts are asked for, in whatever way.
    let asksForPart: Bool

    /// Finds the conditions and the range of a request; `nil` when it has none that a cache answers.
    init?(_ request: HTTPRequest) {
        guard request.method == .get || request.method == .head,
            request.headerFields.contains(where: { Self.answeredFields.contains($0.name) })
        else { return nil }
        fields = request.headerFields
        // Of other methods a range is ignored (RFC 9110 §14.2).
        range = request.method == .get ? ByteRange(fields) : nil
        asksForPart = request.method == .get && fields.contains(.range)
    }

    /// Whether a request has conditions that only the origin can answer: those that keep changes from being lost
    /// (RFC 9111 §4.3.2), and conditions of methods that change something.
    static func areForOrigin(_ request: HTTPRequest) -> Bool {
        let isRead = request.method == .get || request.method == .head
        return request.headerFields.contains {
            originFields.contains($0.name) || (!isRead && answeredFields.contains($0.name))
        }
    }

    /// Whether a request is conditional, or asks for a part only, in any way.
    static func exist(in fields: HTTPFields) -> Bool {
        fields.contains { answeredFields.contains($0.name) || originFields.contains($0.name) }
    }

    /// Takes the conditions and the range off a request.
    static func remove(from fields: inout HTTPFields) {
        for name in answeredFields { fields[name] = nil }
    }

    /// Takes the conditions off a request, and leaves it the range.
    static func removeAllButRange(from fields: inout HTTPFields) {
        fields[.ifNoneMatch] = nil
        fields[.ifModifiedSince] = nil
    }

    private static let answeredFields: FieldNames = [.ifModifiedSince, .ifNoneMatch, .ifRange, .range]
    private static let originFields: FieldNames = [.ifMatch, .ifUnmodifiedSince]

    /// Whether a stored part has all octets that are asked for (RFC 9111 §3.3).
    func isWithin(_ stored: StoredResponse) -> Bool {
        guard let range, let part = stored.contentRange, isRangeValid(stored) else { return false }
        return range.octets(in: part) != nil
    }

    /// Holds the conditions against a response (RFC 9110 §13.2.2).
    ///
    /// - Parameter stored: The response, which may be of any status: conditions are for those of success.
    /// - Returns: What to answer.
    func answer(for stored: StoredResponse) -> Answer {
        guard stored.status.kind == .successful else { return .complete }
        if fields.contains(.ifNoneMatch) {
            if isNoneMatchFalse(stored) { return .notModified }
        } else if isModifiedSinceFalse(stored) {
            return .notModified
        }
        guard let range, let part = stored.contentRange, isRangeValid(stored) else { return .complete }
        // What is still coming can't be cut.
        guard !stored.content.isStream else { return .complete }
        if let octets = range.octets(in: part) { return .part(octets) }
        return part.isComplete ? .unsatisfiable : .complete
    }

    private func isNoneMatchFalse(_ stored: StoredResponse) -> Bool {
        let tags = EntityTag.list(.ifNoneMatch, in: fields)
        if tags.contains(where: \.isAny) { return true }
        guard let own = EntityTag(of: stored.headerFields) else { return false }
        return tags.contains { $0.weaklyMatches(own) }
    }

    /// Without a `Last-Modified` the response was modified when it was made, or when it came (RFC 9111 §4.3.2).
    private func isModifiedSinceFalse(_ stored: StoredResponse) -> Bool {
        guard let since = HTTPDate.first(.ifModifiedSince, in: fields, now: stored.receivedAt) else { return false }
        let own = stored.headerFields
        let modified =
            HTTPDate.first(.lastModified, in: own, now: stored.receivedAt)
            ?? HTTPDate.first(.date, in: own, now: stored.receivedAt) ?? stored.receivedAt
        return modified <= since
    }

    /// Whether the client's parts, if it has any, are of this response (RFC 9110 §13.1.5).
    private func isRangeValid(_ stored: StoredResponse) -> Bool {
        guard let value = fields[.ifRange] else { return true }
        if value.contains("\"") {
            guard let tag = EntityTag.list(.ifRange, in: fields).first, let own = EntityTag(of: stored.headerFields)
            else { return false }
            return tag.stronglyMatches(own)
        }
        // A date tells states apart when it is a while before the response was made (RFC 9110 §8.8.2.2).
        let own = stored.headerFields
        guard let condition = HTTPDate.parse(value, now: stored.receivedAt),
            let modified = HTTPDate.first(.lastModified, in: own, now: stored.receivedAt),
            let date = HTTPDate.first(.date, in: own, now: stored.receivedAt)
        else { return false }
        return condition == modified && date.timeIntervalSince(modified) >= 1
    }
}

extension StoredResponse {
    /// The response that a client's conditions make of this one.
    func answering(_ conditions: ClientConditions) -> StoredResponse {
        var response = self
        switch conditions.answer(for: self) {
        case .complete: break
        case .notModified:
            response.status = .notModified
            response.removeContent()
            for name in Self.fieldsOfContent { response.headerFields[name] = nil }
        case .part(let range):
            let own = contentRange ?? ContentRange(octets: range)
            response.status = .partialContent
            response.headerFields[.contentRange] =
                ContentRange(octets: range, completeLength: own.completeLength).description
            response.headerFields[.contentLength] = "\(range.count)"
            if range != own.octets { response.removeDigests() }
            let start = range.lowerBound - own.octets.lowerBound
            response.content = content.part(start..<(start + range.count)) ?? content
        case .unsatisfiable:
            response.status = .rangeNotSatisfiable
            response.removeContent()
            for name in Self.fieldsOfContent { response.headerFields[name] = nil }
            response.headerFields[.contentRange] = "bytes */\(content.byteCount ?? 0)"
            response.headerFields[.contentLength] = "0"
        }
        return response
    }

    /// What describes a content, and is left out where there is none (RFC 9110 §15.4.5).
    private static let fieldsOfContent: [HTTPField.Name] = [
        .contentEncoding, .contentLanguage, .contentLength, .contentRange, .contentType,
    ]
}
