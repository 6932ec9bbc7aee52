import FSCacheTesting
import Foundation
import Serializers
import TestSupport
import Testing

/// Decoding any bytes ends with a value or with a `SerializationError`.
struct HostileInputTests {
    private func decode<Value: Decodable>(
        _ type: Value.Type,
        _ data: Data,
        with subject: SerializerUnderTest
    ) throws -> Value? {
        do {
            return try subject.serializer.decode(type, from: data)
        } catch is SerializationError {
            return nil
        }
    }

    @Test("No prefix of a file is read as another value", arguments: SerializerUnderTest.all)
    func prefixes(_ subject: SerializerUnderTest) throws {
        var generator = DocumentGenerator(seed: 7, kinds: subject.kinds)
        let value = GeneratedRecord(using: &generator, depth: 0)
        let data = try subject.serializer.encode(value)
        for count in 0..<data.count {
            // Only white space at the end can be missing.
            let decoded = try decode(GeneratedRecord.self, data.prefix(count), with: subject)
            #expect(decoded == nil || decoded == value, "\(count) of \(data.count) bytes")
        }
    }

    @Test("A changed bit gives another value or an error", arguments: SerializerUnderTest.all)
    func flippedBits(_ subject: SerializerUnderTest) throws {
        var generator = DocumentGenerator(seed: 8, kinds: subject.kinds)
        let record = GeneratedRecord(using: &generator, depth: 0)
        // A value of each kind by itself: a changed bit costs the reading of its whole file.
        let values: [any Codable] = [
            ["a": record.flag], ["a": record.int64], ["a": record.uint128], ["a": record.double], ["a": record.text],
            ["a": record.date], ["a": record.data], ["a": record.url], ["a": record.decimal], ["a": record.uuid],
            ["a": record.absent], ["a": record.gaps], ["a": record.shapes], record.byName, record.byNumber, record.byID,
        ]
        let counts = try values.map { try flipBits(of: $0, with: subject) }
        #expect(counts.map(\.refused).reduce(0, +) > counts.map(\.bytes).reduce(0, +))
    }

    private func flipBits<Value: Codable>(
        of value: Value,
        with subject: SerializerUnderTest
    ) throws -> (refused: Int, bytes: Int) {
        let data = try subject.serializer.encode(value)
        var refused = 0
        for index in data.indices {
            for bit in 0..<8 {
                var changed = data
                changed[index] ^= 1 << UInt8(bit)
                if try decode(Value.self, changed, with: subject) == nil { refused += 1 }
            }
        }
        return (refused, data.count)
    }

    @Test(
        "Random bytes give a value or an error",
        arguments: SerializerUnderTest.all,
        1...20 as ClosedRange<UInt64>
    )
    func randomBytes(_ subject: SerializerUnderTest, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let bytes = (0..<Int.random(in: 0...64, using: &random)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
            do {
                _ = try subject.serializer.document(from: Data(bytes))
            } catch let error as SerializationError {
                #expect(error.code == .malformed || error.code == .limitExceeded)
                #expect(error.position != nil)
            }
        }
    }

    @Test("512 levels are written and read, 513 are rejected in both directions", arguments: SerializerUnderTest.all)
    func nesting(_ subject: SerializerUnderTest) throws {
        func nested(_ levels: Int) -> Document {
            (1..<levels).reduce(.map([])) { document, level in
                level.isMultiple(of: 2) ? .map([.init("a", document)]) : .map([.init("b", document)])
            }
        }
        let deepest = nested(Document.maximumDepth)
        let data = try subject.serializer.bytes(of: deepest)
        #expect(try subject.serializer.document(from: data) == deepest)
        let error = #expect(throws: SerializationError.self) {
            try subject.serializer.bytes(of: nested(Document.maximumDepth + 1))
        }
        #expect(error?.code == .limitExceeded)
    }

    @Test("A value that nests without end is rejected before the stack overflows", arguments: SerializerUnderTest.all)
    func endlessValue(_ subject: SerializerUnderTest) throws {
        struct Endless: Encodable {
            enum CodingKeys: CodingKey { case inner }
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: CodingKeys.self)
                try container.encode(Endless(), forKey: .inner)
            }
        }
        let error = #expect(throws: SerializationError.self) { try subject.serializer.encode(Endless()) }
        #expect(error?.code == .limitExceeded)
        #expect(error?.path.count == Document.maximumDepth)
    }
}
