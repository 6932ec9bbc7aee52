import Foundation
import Serializers
import Testing

/// What `Codable` can ask of a coder, for every format.
@Suite(.serialized)
struct CodableCoverageTests {
    private func expectRoundTrip<Value: Codable & Equatable>(
        _ value: Value,
        with subject: SerializerUnderTest,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        // Formats that need a map at the root wrap what is none.
        let data = try subject.serializer.encode(value)
        let again = try subject.serializer.decode(Value.self, from: data)
        #expect(again == value, sourceLocation: sourceLocation)
        #expect(try subject.serializer.encode(again) == data, sourceLocation: sourceLocation)
    }

    @Test("P-76: every integer width keeps its bounds", arguments: SerializerUnderTest.all)
    func integers(_ subject: SerializerUnderTest) throws {
        func expectBounds<I: FixedWidthInteger & Codable>(_ type: I.Type) throws {
            try expectRoundTrip([I.min, I.min + 1, 0, 1, I.max - 1, I.max], with: subject)
            try expectRoundTrip(I.max, with: subject)
        }
        try expectBounds(Int8.self)
        try expectBounds(Int16.self)
        try expectBounds(Int32.self)
        try expectBounds(Int64.self)
        try expectBounds(Int128.self)
        try expectBounds(Int.self)
        try expectBounds(UInt8.self)
        try expectBounds(UInt16.self)
        try expectBounds(UInt32.self)
        try expectBounds(UInt64.self)
        try expectBounds(UInt128.self)
        try expectBounds(UInt.self)
    }

    @Test("P-76: an integer that does not fit is an error with its path", arguments: SerializerUnderTest.all)
    func integerRange(_ subject: SerializerUnderTest) throws {
        func expectRefusal<I: FixedWidthInteger & Codable>(of value: Int128, as type: I.Type) throws {
            let data = try subject.serializer.encode(["numbers": [0, value]])
            let error = #expect(throws: SerializationError.self) {
                try subject.serializer.decode([String: [I]].self, from: data)
            }
            #expect(error?.code == .mismatch)
            #expect(error?.path == [.member("numbers"), .index(1)])
            #expect(error?.message.contains("does not fit") == true)
        }
        try expectRefusal(of: 128, as: Int8.self)
        try expectRefusal(of: -129, as: Int8.self)
        try expectRefusal(of: 256, as: UInt8.self)
        try expectRefusal(of: -1, as: UInt8.self)
        try expectRefusal(of: 1 << 15, as: Int16.self)
        try expectRefusal(of: 1 << 16, as: UInt16.self)
        try expectRefusal(of: 1 << 31, as: Int32.self)
        try expectRefusal(of: 1 << 32, as: UInt32.self)
        try expectRefusal(of: 1 << 63, as: Int64.self)
        try expectRefusal(of: 1 << 64, as: UInt64.self)
        try expectRefusal(of: 1 << 63, as: Int.self)
        try expectRefusal(of: -1, as: UInt.self)
        try expectRefusal(of: -1, as: UInt128.self)
    }
}
