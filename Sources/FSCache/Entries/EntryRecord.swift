internal import Foundation
internal import HTTPTypes
internal import Serializers

/// An entry as `Codable` serializers write it, in an order that people can read: the request, the status, the header
/// fields, the times, and the body.
///
/// Empty members are left out: an empty reason phrase, no header fields, no request body.
struct EntryRecord: Codable {
    struct Request: Codable {
        var method: String
        var url: String
        var headers: HeaderRecord?
        var body: BodyRecord?
    }

    var request: Request
    var status: Int
    var reason: String?
    var headers: HeaderRecord?
    var created: Date
    var requested: Date
    var received: Date
    var expires: ExpiryRecord
    /// See ``StoredResponse/generation``.
    var generation: Int?
    var key: CacheKey
    /// The version of this record.
    var fscache: Int
    /// The place of the exchange in a recording; only in fixtures.
    var fixture: FixtureFacts?
    var body: BodyRecord

    static let version = 1
}

extension EntryRecord {
    init(
        _ response: StoredResponse,
        key: CacheKey,
        fixture: FixtureFacts? = nil,
        bodyForms: [BodyRecord.Form]
    ) throws {
        let request = response.request
        self.request = Request(
            method: request.method.rawValue,
            url: request.url,
            headers: HeaderRecord(request.headerFields),
            body: request.body.isEmpty
                ? nil : BodyRecord(request.body, contentType: request.headerFields[.contentType], forms: bodyForms)
        )
        status = response.status.code
        reason = response.status.reasonPhrase.isEmpty ? nil : response.status.reasonPhrase
        headers = HeaderRecord(response.headerFields)
        created = response.createdAt
        requested = response.requestedAt
        received = response.receivedAt
        expires = ExpiryRecord(date: response.expires)
        generation = response.generation
        self.key = key
        fscache = Self.version
        self.fixture = fixture
        body = BodyRecord(response.body, contentType: response.headerFields[.contentType], forms: bodyForms)
        if response.isEdited { body.edited = true }
    }

    /// Makes the response that the record describes.
    ///
    /// - Parameters:
    ///   - key: The key under which the record was found.
    ///   - allowsEdits: Whether a body that differs from its checksum counts as edited instead of damaged.
    /// - Returns: The response.
    /// - Throws: ``EntryError`` when the record has another version or key, or its members don't fit together.
    func response(for key: CacheKey, allowsEdits: Bool) throws -> StoredResponse {
        guard fscache <= Self.version else { throw EntryError.laterVersion(fscache) }
        guard fscache > 0 else { throw EntryError.invalid("version", "\(fscache)", at: [.member("fscache")]) }
        guard key == self.key else { throw EntryError.otherKey(self.key) }
        guard let method = HTTPRequest.Method(request.method) else {
            throw EntryError.invalid("method", request.method, at: [.member("request"), .member("method")])
        }
        let status = try HTTPResponse.Status(stored: status, reason: reason ?? "")

        let content = try EntryError.locating([.member("body")]) { try body.content(allowsEdits: allowsEdits) }
        var headers = try EntryError.locating([.member("headers")]) {
            try self.headers?.section() ?? HeaderSection([:])
        }
        if content.isEdited, headers.contains(.contentLength) {
            var fields = headers.fields
            fields[.contentLength] = String(content.bytes.count)
            headers = HeaderSection(fields)
        }
        return StoredResponse(
            request: StoredResponse.Request(
                method: method,
                url: request.url,
                headers: try EntryError.locating([.member("request"), .member("headers")]) {
                    try request.headers?.section() ?? HeaderSection([:])
                },
                body: try EntryError.locating([.member("request"), .member("body")]) {
                    try request.body?.content(allowsEdits: allowsEdits).bytes ?? Data()
                }
            ),
            status: status,
            headers: headers,
            body: content.bytes,
            requestedAt: requested.wholeMilliseconds,
            receivedAt: received.wholeMilliseconds,
            createdAt: created.wholeMilliseconds,
            expires: expires.date?.wholeMilliseconds,
            isEdited: content.isEdited,
            generation: generation
        )
    }
}

/// A date, or the word `never`.
struct ExpiryRecord: Codable {
    var date: Date?

    static let never = "never"
}

extension ExpiryRecord {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self), text == Self.never { return }
        date = try container.decode(Date.self)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let date { try container.encode(date) } else { try container.encode(Self.never) }
    }
}
