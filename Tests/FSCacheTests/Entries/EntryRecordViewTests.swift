import Foundation
import Testing

@testable import FSCache
@testable import Serializers

/// Tests decoding an entry from a view, without `Codable`.
@Suite("Entries decoded from views of documents")
struct EntryRecordViewTests {
    /// Below the root, only `Codable` is used.
    private struct Wrapped: Decodable {
        let record: EntryRecord
    }

    private static func byCodable(_ document: Document) throws -> EntryRecord {
        try DocumentDecoder().decode(Wrapped.self, from: .map([Document.Member("record", document)])).record
    }

    private static func byView(_ document: Document) -> EntryRecord? {
        try? EntryRecord(usual: .tree(document))
    }

    private static func document(_ response: StoredResponse, _ forms: [BodyRecord.Form]) throws -> Document {
        try DocumentEncoder().encode(EntryRecord(response, key: .sample, bodyForms: forms))
    }

    /// The variations of a sample.
    private static func responses(_ body: BodySample) -> [StoredResponse] {
        [(false, nil), (true, Date(timeIntervalSince1970: 1_800_000_000))].map { isEdited, expires in
            var response = StoredResponse.sample(body)
            response.isEdited = isEdited
            response.expires = expires
            response.request.body = body.bytes
            return response
        }
    }

    @Test("An entry decoded from a tree equals the one decoded by Codable", arguments: BodySample.all)
    func treeIsSameAsCodable(_ body: BodySample) throws {
        for forms in [[BodyRecord.Form.json, .text, .bytes], [.text, .bytes], [.bytes]] {
            for response in Self.responses(body) {
                let document = try Self.document(response, forms)
                guard let record = Self.byView(document) else {
                    // A null member is the same as a missing one, so such a body is written as text.
                    #expect(body.name == "null")
                    continue
                }
                let direct = try record.response(for: .sample, allowsEdits: true)
                #expect(try direct == Self.byCodable(document).response(for: .sample, allowsEdits: true))
            }
        }
    }

    @Test(
        "Unusual entries are left to Codable",
        arguments: [
            "request", "status", "headers", "created", "requested", "received", "expires", "key", "body", "fscache",
        ]
    )
    func unusual(_ name: String) throws {
        let body = try #require(BodySample.all.first)
        guard case .map(let members) = try Self.document(.sample(body), [.json]) else { throw CancellationError() }
        func replaced(_ value: Document) -> Document {
            .map(members.map { $0.name == name ? Document.Member(name, value) : $0 })
        }
        #expect(Self.byView(replaced(.null)) == nil)
        if name != "headers" {
            #expect(Self.byView(replaced(.array([]))) == nil)
            #expect(Self.byView(.map(members.filter { $0.name != name })) == nil)
            #expect(throws: SerializationError.self) {
                try DocumentDecoder().decode(EntryRecord.self, from: replaced(.array([])))
            }
        }
    }

    #if BSON
    /// The results of both decoders for the bytes of a BSON entry: a response, or the message of an error.
    private enum Outcome: Equatable {
        case response(StoredResponse)
        case error(String)

        init(_ record: () throws -> EntryRecord) {
            do {
                self = .response(try record().response(for: .sample, allowsEdits: false))
            } catch {
                self = .error("\(error)")
            }
        }
    }

    private static func byView(_ bytes: Data) -> EntryRecord? {
        unsafe bytes.withUnsafeBytes { try? EntryRecord(usual: .bson(unsafe BSONReader($0).root())) }
    }

    private static func expectSameAsCodable(_ bytes: Data, _ comment: Comment) {
        guard let record = byView(bytes) else { return }
        #expect(Outcome { record } == Outcome { try byCodable(BSONSerializer().document(from: bytes)) }, comment)
    }

    @Test("An entry decoded from BSON bytes equals the one decoded by Codable", arguments: BodySample.all)
    func bytesAreSameAsCodable(_ body: BodySample) throws {
        for response in Self.responses(body) {
            let bytes = try response.encoded(with: .bson, for: .sample)
            #expect(Self.byView(bytes) != nil)
            Self.expectSameAsCodable(bytes, "\(body.name)")
        }
    }

    @Test("If a view accepts changed BSON, Codable reads an equal value")
    func damagedBytesAreSameAsCodable() throws {
        let response = StoredResponse.sample(.text("text", "the quick brown fox"))
        let bytes = try response.encoded(with: .bson, for: .sample)
        for count in bytes.indices {
            #expect(Self.byView(bytes.prefix(count)) == nil)
        }
        for index in bytes.indices {
            for value in [0, 0xFF, bytes[index] &+ 1, bytes[index] &- 1] + (0..<8).map({ bytes[index] ^ 1 << $0 }) {
                var damaged = bytes
                damaged[index] = value
                Self.expectSameAsCodable(damaged, "byte \(index) is \(value)")
            }
        }
    }
    #endif
}
