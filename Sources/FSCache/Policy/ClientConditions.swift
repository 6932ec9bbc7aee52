internal import Foundation
internal import HTTPTypes

/// The conditions and the range of a client's request (RFC 9111 §4.3.2, RFC 9110 §13.2, §14.2).
///
/// The cache removes them from a request that validates a stored response, and answers them itself: from the complete
/// response, or from a part that has everything the client asks for.
struct ClientConditions: Sendable {
    /// The kinds of responses to a request with conditions or a range.
    enum Answer: Equatable {
        /// The complete response.
        case complete
        /// 304: the client has the response.
        case notModified
        /// 206: some of its octets.
        case part(Range<Int>)
        /// 416: the content has no such octets.
        case unsatisfiable
    }

    private let fields: HTTPFields
    /// The requested range, if there is exactly one valid range.
    private let range: ByteRange?
    /// Whether the client asks for parts in any way.
    let asksForPart: Bool

    /// Reads the conditions and the range of a request; `nil` if it has none that a cache answers.
    init?(_ request: HTTPRequest) {
        guard request.method == .get || request.method == .head,
            request.headerFields.contains(where: { Self.answeredFields.contains($0.name) })
        else { return nil }
        fields = request.headerFields
        // A range counts only with GET (RFC 9110 §14.2).
        range = request.method == .get ? ByteRange(fields) : nil
        asksForPart = request.method == .get && fields.contains(.range)
    }

    /// Whether a request has conditions that only the origin can answer: those that prevent lost updates
    /// (RFC 9111 §4.3.2), and those of unsafe methods.
    static func areForOrigin(_ request: HTTPRequest) -> Bool {
        let isRead = request.method == .get || request.method == .head
        return request.headerFields.contains {
            originFields.contains($0.name) || (!isRead && answeredFields.contains($0.name))
        }
    }

    /// Whether a request is conditional or asks for a part, in any way.
    static func exist(in fields: HTTPFields) -> Bool {
        fields.contains { answeredFields.contains($0.name) || originFields.contains($0.name) }
    }

    /// Removes the conditions and the range from a request.
    static func remove(from fields: inout HTTPFields) {
        for name in answeredFields { fields[name] = nil }
    }

    /// Removes the conditions from a request, but not the range.
    static func removeAllButRange(from fields: inout HTTPFields) {
        fields[.ifNoneMatch] = nil
        fields[.ifModifiedSince] = nil
    }

    private static let answeredFields: FieldNames = [.ifModifiedSince, .ifNoneMatch, .ifRange, .range]
    private static let originFields: FieldNames = [.ifMatch, .ifUnmodifiedSince]

    /// Whether a stored part has all requested octets (RFC 9111 §3.3).
    func isWithin(_ stored: StoredResponse) -> Bool {
        guard let range, let part = stored.contentRange, isRangeValid(stored) else { return false }
        return range.octets(in: part) != nil
    }

    /// Evaluates the conditions for a response (RFC 9110 §13.2.2).
    ///
    /// - Parameter stored: The response. Conditions apply only if its status is 2xx.
    /// - Returns: The kind of response.
    func answer(for stored: StoredResponse) -> Answer {
        guard stored.status.kind == .successful else { return .complete }
        if fields.contains(.ifNoneMatch) {
            if isNoneMatchFalse(stored) { return .notModified }
        } else if isModifiedSinceFalse(stored) {
            return .notModified
        }
        guard let range, let part = stored.contentRange, isRangeValid(stored) else { return .complete }
        // A stream can't be cut before it has been received.
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

    /// Without `Last-Modified`, a response counts as modified at its `Date`, or else when it was received
    /// (RFC 9111 §4.3.2).
    private func isModifiedSinceFalse(_ stored: StoredResponse) -> Bool {
        guard let since = HTTPDate.first(.ifModifiedSince, in: fields, now: stored.receivedAt) else { return false }
        let own = stored.headerFields
        let modified =
            HTTPDate.first(.lastModified, in: own, now: stored.receivedAt)
            ?? HTTPDate.first(.date, in: own, now: stored.receivedAt) ?? stored.receivedAt
        return modified <= since
    }

    /// Whether the client's parts belong to this response (RFC 9110 §13.1.5).
    private func isRangeValid(_ stored: StoredResponse) -> Bool {
        guard let value = fields[.ifRange] else { return true }
        if value.contains("\"") {
            guard let tag = EntityTag.list(.ifRange, in: fields).first, let own = EntityTag(of: stored.headerFields)
            else { return false }
            return tag.stronglyMatches(own)
        }
        // A date is a strong validator only if it is older than the response (RFC 9110 §8.8.2.2).
        let own = stored.headerFields
        guard let condition = HTTPDate.parse(value, now: stored.receivedAt),
            let modified = HTTPDate.first(.lastModified, in: own, now: stored.receivedAt),
            let date = HTTPDate.first(.date, in: own, now: stored.receivedAt)
        else { return false }
        return condition == modified && date.timeIntervalSince(modified) >= 1
    }
}

extension StoredResponse {
    /// The response for a request with these conditions.
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

    /// The fields that describe content; a response without content leaves them out (RFC 9110 §15.4.5).
    private static let fieldsOfContent: [HTTPField.Name] = [
        .contentEncoding, .contentLanguage, .contentLength, .contentRange, .contentType,
    ]
}
