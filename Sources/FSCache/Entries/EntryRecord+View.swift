internal import Foundation
internal import Serializers

/// Thrown when an entry needs the slower decoder.
struct Unusual: Error {}

extension EntryRecord: DocumentReadable {
    /// JSON bodies, which must keep their spelling of numbers and strings, and the slots that hold text only.
    static let keptMembers = {
        let bodies = [["request", "body"], ["body"]]
        let bodyTexts = ["checksum", "text", "base64"]
        return MemberTree(
            json: bodies.map { $0 + ["json"] },
            text: [["request", "method"], ["request", "url"], ["reason"], ["key"]]
                + bodies.flatMap { body in bodyTexts.map { body + [$0] } },
            texts: [["request", "headers"], ["headers"]],
            // An entry with as many fields as possible has a tenth.
            maximumValueCount: 1 << 20
        )
    }()

    init(usual view: DocumentView) throws {
        var request: Request?
        var status: Int?
        var reason: String?
        var headers: HeaderRecord?
        var created: Date?
        var requested: Date?
        var received: Date?
        var expires: ExpiryRecord?
        var generation: Int?
        var key: CacheKey?
        var fscache: Int?
        var fixture: FixtureFacts?
        var body: BodyRecord?
        let isMap = try view.forEachMember { name, value in
            switch name {
            case "request": request = try Request(usual: value)
            case "status": status = try value.leaf()
            case "reason": reason = try value.leaf()
            case "headers": headers = try HeaderRecord(usual: value)
            case "created": created = try value.leaf()
            case "requested": requested = try value.leaf()
            case "received": received = try value.leaf()
            case "expires": expires = try ExpiryRecord(usual: value)
            case "generation": generation = try value.leaf()
            case "key": key = CacheKey(try value.leaf(String.self))
            case "fscache": fscache = try value.leaf()
            case "fixture": fixture = try DocumentDecoder().decode(FixtureFacts.self, from: value.something())
            case "body": body = try BodyRecord(usual: value)
            default: try value.pass()
            }
        }
        guard isMap, let request, let status, let created, let requested, let received, let expires, let key,
            let fscache, let body
        else { throw Unusual() }
        self.request = request
        self.status = status
        self.reason = reason
        self.headers = headers
        self.created = created
        self.requested = requested
        self.received = received
        self.expires = expires
        self.generation = generation
        self.key = key
        self.fscache = fscache
        self.fixture = fixture
        self.body = body
    }
}

extension EntryRecord.Request {
    fileprivate init(usual view: DocumentView) throws {
        var method: String?
        var url: String?
        var headers: HeaderRecord?
        var body: BodyRecord?
        let isMap = try view.forEachMember { name, value in
            switch name {
            case "method": method = try value.leaf()
            case "url": url = try value.leaf()
            case "headers": headers = try HeaderRecord(usual: value)
            case "body": body = try BodyRecord(usual: value)
            default: try value.pass()
            }
        }
        guard isMap, let method, let url else { throw Unusual() }
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

extension BodyRecord {
    fileprivate init(usual view: DocumentView) throws {
        var checksum: String?
        var edited: Bool?
        var layout: JSONLayout?
        var json: JSONText?
        var text: String?
        var base64: Data?
        let isMap = try view.forEachMember { name, value in
            switch name {
            case "checksum": checksum = try value.leaf()
            case "edited": edited = try value.leaf()
            case "layout": layout = try DocumentDecoder().decode(JSONLayout.self, from: value.something())
            case "json": json = try JSONText(value.something())
            case "text": text = try value.leaf()
            case "base64": base64 = try value.leaf()
            default: try value.pass()
            }
        }
        guard isMap else { throw Unusual() }
        self.checksum = checksum
        self.edited = edited
        self.layout = layout
        self.json = json
        self.text = text
        self.base64 = base64
    }
}

extension ExpiryRecord {
    fileprivate init(usual view: DocumentView) throws {
        let document = try view.document()
        if case .string(Self.never) = document { return }
        date = try view.leaf()
    }
}

extension DocumentView {
    fileprivate func leaf<Leaf: DocumentLeaf>(_ type: Leaf.Type = Leaf.self) throws -> Leaf {
        guard let value = Leaf(leaf: try document()) else { throw Unusual() }
        return value
    }

    /// The value as a tree.
    ///
    /// Null counts as a missing value.
    fileprivate func something() throws -> Document {
        let document = try document()
        guard !document.isNull else { throw Unusual() }
        return document
    }

    /// Skips the value of an unknown member.
    ///
    /// It must be well-formed.
    fileprivate func pass() throws {
        _ = try document()
    }
}
