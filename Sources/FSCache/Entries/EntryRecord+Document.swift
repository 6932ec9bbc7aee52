internal import Foundation
internal import Serializers

extension EntryRecord: DocumentReadable {
    init?(usual document: Document) {
        guard case .map(let members) = document else { return nil }
        var found = Found()
        for member in members {
            guard !member.value.isNull, found.take(member) else { return nil }
        }
        guard let request = found.request, let status = found.status, let created = found.created,
            let requested = found.requested, let received = found.received, let expires = found.expires,
            let key = found.key, let fscache = found.fscache, let body = found.body
        else { return nil }
        self.request = request
        self.status = status
        self.reason = found.reason
        self.headers = found.headers
        self.created = created
        self.requested = requested
        self.received = received
        self.expires = expires
        self.key = key
        self.fscache = fscache
        self.body = body
    }

    /// The members that have been seen so far; of two with the same name the later counts.
    private struct Found {
        var request: Request?
        var status: Int?
        var reason: String?
        var headers: HeaderRecord?
        var created: Date?
        var requested: Date?
        var received: Date?
        var expires: ExpiryRecord?
        var key: CacheKey?
        var fscache: Int?
        var body: BodyRecord?

        /// - Returns: Whether the member is as it mostly is.
        mutating func take(_ member: Document.Member) -> Bool {
            let value = member.value
            switch member.name {
            case "request": return set(&request, Request(usual: value))
            case "status": return set(&status, Int(leaf: value))
            case "reason": return set(&reason, String(leaf: value))
            case "headers": return set(&headers, HeaderRecord(usual: value))
            case "created": return set(&created, Date(leaf: value))
            case "requested": return set(&requested, Date(leaf: value))
            case "received": return set(&received, Date(leaf: value))
            case "expires": return set(&expires, ExpiryRecord(usual: value))
            case "key": return set(&key, String(leaf: value).flatMap { CacheKey($0) })
            case "fscache": return set(&fscache, Int(leaf: value))
            case "body": return set(&body, BodyRecord(usual: value))
            default: return true
            }
        }
    }
}

private func set<Value>(_ member: inout Value?, _ value: Value?) -> Bool {
    member = value
    return value != nil
}

extension EntryRecord.Request {
    fileprivate init?(usual document: Document) {
        guard case .map(let members) = document else { return nil }
        var method: String?
        var url: String?
        for member in members {
            let isUsual =
                switch member.name {
                case "method": set(&method, String(leaf: member.value))
                case "url": set(&url, String(leaf: member.value))
                case "headers": set(&headers, HeaderRecord(usual: member.value))
                case "body": set(&body, BodyRecord(usual: member.value))
                default: true
                }
            guard isUsual, !member.value.isNull else { return nil }
        }
        guard let method, let url else { return nil }
        self.method = method
        self.url = url
    }
}

extension BodyRecord {
    fileprivate init?(usual document: Document) {
        guard case .map(let members) = document else { return nil }
        var checksum: String?
        for member in members {
            let value = member.value
            let isUsual =
                switch member.name {
                case "checksum": set(&checksum, String(leaf: value))
                case "edited": set(&edited, Bool(leaf: value))
                case "layout": set(&layout, try? DocumentDecoder().decode(JSONLayout.self, from: value))
                case "json": set(&json, try? JSONText(value))
                case "text": set(&text, String(leaf: value))
                case "base64": set(&base64, Data(leaf: value))
                default: true
                }
            guard isUsual, !member.value.isNull else { return nil }
        }
        guard let checksum else { return nil }
        self.checksum = checksum
    }
}

extension ExpiryRecord {
    fileprivate init?(usual document: Document) {
        if case .string(Self.never) = document { return }
        guard let date = Date(leaf: document) else { return nil }
        self.date = date
    }
}
