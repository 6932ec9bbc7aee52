internal import Foundation
internal import Serializers

/// A recorded exchange that a person has written: only the request is needed.
///
/// In the file of a cache, a missing member is damage. In a fixture, it has the usual value.
struct HandWrittenRecord: Decodable {
    private var request: EntryRecord.Request
    private var status: Int?
    private var reason: String?
    private var headers: HeaderRecord?
    private var created: Date?
    private var requested: Date?
    private var received: Date?
    private var expires: ExpiryRecord?
    private var key: CacheKey?
    private var fscache: Int?
    private var fixture: FixtureFacts?
    private var body: BodyRecord?

    /// The record with all members.
    var complete: EntryRecord {
        let time = received ?? created ?? Date(timeIntervalSince1970: 0)
        return EntryRecord(
            request: request,
            status: status ?? 200,
            reason: reason,
            headers: headers,
            created: created ?? time,
            requested: requested ?? time,
            received: time,
            expires: expires ?? ExpiryRecord(),
            // Only a name for the exchange: the request is compared in place of it.
            key: key ?? CacheKey(hashing: Data("\(request.method) \(request.url)".utf8)),
            fscache: fscache ?? EntryRecord.version,
            fixture: fixture,
            body: body ?? BodyRecord(Data(), contentType: nil, forms: [.bytes])
        )
    }
}

extension HandWrittenRecord: DocumentReadable {
    static var keptMembers: MemberTree { EntryRecord.keptMembers }

    /// Leaves the work to `Decodable`, because no speed is needed here.
    init(usual view: DocumentView) throws { throw Unusual() }
}
