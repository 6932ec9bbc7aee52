import Foundation
import Serializers
import Testing

@testable import FSCache

/// The way from a document to an entry that leaves `Codable` out.
@Suite("Entries made of documents directly")
struct EntryRecordDocumentTests {
    /// Below the root, only `Codable` decodes.
    private struct Wrapped: Decodable {
        let record: EntryRecord
    }

    private static func byCodable(_ document: Document) throws -> EntryRecord {
        try DocumentDecoder().decode(Wrapped.self, from: .map([Document.Member("record", document)])).record
    }

    private static func document(_ response: StoredResponse, _ forms: [BodyRecord.Form]) throws -> Document {
        try DocumentEncoder().encode(EntryRecord(response, key: .sample, bodyForms: forms))
    }

    @Test("An entry is the same as by way of Codable", arguments: BodySample.all)
    func sameAsCodable(_ body: BodySample) throws {
        for forms in [[BodyRecord.Form.json, .text, .bytes], [.text, .bytes], [.bytes]] {
            for (isEdited, expires) in [(false, nil), (true, Date(timeIntervalSince1970: 1_800_000_000))] {
                var response = StoredResponse.sample(body)
                response.isEdited = isEdited
                response.expires = expires
                response.request.body = body.bytes
                let document = try Self.document(response, forms)
                guard let record = EntryRecord(usual: document) else {
                    // A member that is null says as much as none: such a body is written as text.
                    #expect(body.name == "null")
                    continue
                }
                let direct = try record.response(for: .sample, allowsEdits: true)
                #expect(try direct == Self.byCodable(document).response(for: .sample, allowsEdits: true))
            }
        }
    }

    @Test(
        "What is out of the ordinary is left to Codable",
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
        #expect(EntryRecord(usual: replaced(.null)).map { _ in name } == nil)
        if name != "headers" {
            #expect(EntryRecord(usual: replaced(.array([]))).map { _ in name } == nil)
            #expect(EntryRecord(usual: .map(members.filter { $0.name != name })).map { _ in name } == nil)
            #expect(throws: SerializationError.self) {
                try DocumentDecoder().decode(EntryRecord.self, from: replaced(.array([])))
            }
        }
    }
}
