import Foundation
import Serializers
import TestSupport
import Testing

/// Generated values are read back unchanged, in every format.
struct RoundTripTests {
    @Test(
        "Generated Codable values are read back unchanged",
        arguments: SerializerUnderTest.all,
        1...60 as ClosedRange<UInt64>
    )
    func generatedValues(_ subject: SerializerUnderTest, seed: UInt64) throws {
        let value = GeneratedRecord(seed: seed, kinds: subject.kinds)
        let data = try subject.serializer.encode(value)
        #expect(try subject.serializer.decode(GeneratedRecord.self, from: data) == value)
    }

    @Test(
        "Generated documents are read back unchanged",
        arguments: SerializerUnderTest.all,
        1...300 as ClosedRange<UInt64>
    )
    func generatedDocuments(_ subject: SerializerUnderTest, seed: UInt64) throws {
        var generator = DocumentGenerator(seed: seed, kinds: subject.kinds)
        let document = generator.map()
        let data = try subject.serializer.bytes(of: document)
        #expect(try subject.serializer.document(from: data) == document)
        // Decoded as a value, it is equal.
        #expect(try subject.serializer.encode(document) == data)
        #expect(try subject.serializer.decode(Document.self, from: data) == document)
        // A view of it gives the same document.
        let seen = try subject.serializer.read(SeenDocument.self, from: data)
        #expect(seen.isSeen && seen.document == document)
    }
}
