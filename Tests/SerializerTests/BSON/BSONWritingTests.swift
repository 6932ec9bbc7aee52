#if BSON
import FSCacheTesting
import Foundation
import Serializers
import TestSupport
import Testing

/// The bytes of each kind of value, and values that BSON can't hold.
struct BSONWritingTests {
    private typealias Fixture = BSONFixture
    private let serializer = BSONSerializer()

    static let values: [(Document, UInt8, [UInt8])] = [
        (.null, 0x0A, []), (.bool(true), 0x08, [1]), (.integer(1), 0x10, Fixture.int32(1)),
        (.integer(Int128(Int32.min)), 0x10, Fixture.int32(Int(Int32.min))),
        (.integer(Int128(Int32.max) + 1), 0x12, Fixture.int64(1 << 31)),
        (.integer(Int128(Int64.max)), 0x12, Fixture.int64(.max)), (.float(-0.0), 0x01, Fixture.int64(.min)),
        (.integer(1 << 64), 0x13, Fixture.int64(0) + [1, 0, 0, 0, 0, 0, 0x40, 0x30]),
        (.number("1.50"), 0x13, [150, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x3C, 0x30]),
        (.string("a\0é"), 0x02, Fixture.text("a\0é")),
        (.string(""), 0x02, Fixture.text("")), (.bytes(Data([1, 2])), 0x05, Fixture.int32(2) + [0, 1, 2]),
        (.bytes(Data()), 0x05, Fixture.int32(0) + [0]),
        (.date(Date(timeIntervalSince1970: 1_767_323_045.678)), 0x09, Fixture.int64(1_767_323_045_678)),
        (.date(Date(timeIntervalSince1970: 978_307_200.0001)), 0x02, Fixture.text("2001-01-01T00:00:00.0001Z")),
        (.date(Date(timeIntervalSinceReferenceDate: -63_114_076_800)), 0x02, Fixture.text("0000-12-30T00:00:00Z")),
        (.date(Date(timeIntervalSinceReferenceDate: 1e12)), 0x09, Fixture.int64(1_000_978_307_200_000)),
        (
            .array([.null, .bool(false)]), 0x04,
            Fixture.frame(Fixture.element(0x0A, [], name: "0") + Fixture.element(0x08, [0], name: "1"))
        ),
        (.map([.init("", .null)]), 0x03, Fixture.frame(Fixture.element(0x0A, [], name: ""))),
    ]

    @Test("Every kind of value has its bytes", arguments: values)
    func bytes(_ value: Document, _ type: UInt8, _ bytes: [UInt8]) throws {
        let data = try serializer.bytes(of: .map([.init("v", value), .init("after", .null)]))
        #expect(data == Fixture.document(Fixture.element(type, bytes) + Fixture.element(0x0A, [], name: "after")))
    }

    @Test(
        "Values that BSON can't hold exactly are refused with their path",
        arguments: [
            .integer(.max), .integer(.min), .number("1e6145"), .number("1e-6177"),
            .number("12345678901234567890123456789012345"), .number("x"),
            .number("1e99999999999999999999"), .map([.init("a\0b", .null)]),
        ] as [Document]
    )
    func refusals(_ value: Document) {
        let error = #expect(throws: SerializationError.self) {
            try serializer.bytes(of: .map([.init("a", .array([.null, value]))]))
        }
        #expect(error?.code == .unrepresentable)
        #expect(error?.path.starts(with: [.member("a"), .index(1)]) == true)
    }

    @Test("Times that BSON can't represent are rejected", arguments: [.infinity, -.infinity, .nan, 1e18, -1e300])
    func refusedTimes(_ interval: Double) {
        refusals(.date(Date(timeIntervalSinceReferenceDate: interval)))
    }

    @Test(
        "Decimal numbers are read back unchanged",
        arguments: [
            ("1.50", .number("1.50")), ("0", .integer(0)), ("-0", .number("-0")), ("1e3", .integer(1000)),
            ("1E-3", .number("0.001")),
            ("1e-10", .number("1E-10")),
            ("1234567890123456789012345678901234", .integer(1_234_567_890_123_456_789_012_345_678_901_234)),
            ("9.999999999999999999999999999999999e6144", .number("9.999999999999999999999999999999999E+6144")),
            ("1e-6176", .number("1E-6176")),
            ("100000000000000000000000000000000000000", .integer(100_000_000_000_000_000_000_000_000_000_000_000_000)),
            ("0.10000000000000000000000000000000000000000", .number("0.1000000000000000000000000000000000")),
        ] as [(String, Document)]
    )
    func decimals(_ spelling: String, _ expected: Document) throws {
        #expect(try serializer.document(from: serializer.bytes(of: .number(spelling))) == expected)
    }

    @Test(
        "A Decimal128 with any exponent is written as it was read",
        arguments: ["1", "7000", "123456789012345678901234567890123", "9999999999999999999999999999999999"]
    )
    func decimalExponents(_ digits: String) throws {
        let coefficient = try #require(UInt128(digits))
        for exponent in [0, 1, 2, 30, 33, 34, 35, 6000, 6175, 6176, 6177, 6200, 12286, 12287] {
            for sign in [UInt64(0), 1 << 63] {
                let high = sign | UInt64(exponent) << 49 | UInt64(coefficient >> 64)
                let words = [UInt64(truncatingIfNeeded: coefficient), high].map { Fixture.int64(Int64(bitPattern: $0)) }
                let data = Fixture.document(Fixture.element(0x13, words.flatMap(\.self)))
                let document = try serializer.document(from: data)
                let written = try serializer.bytes(of: document)
                #expect(try serializer.document(from: written) == document, "exponent \(exponent - 6176)")
                if case .number = document["v"] { #expect(written == data, "exponent \(exponent - 6176)") }
            }
        }
    }

    @Test("Every number of milliseconds is exactly one date, and every date is read back")
    func dates() throws {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<2000 {
            let milliseconds = Int64.random(in: -62_000_000_000_000...253_000_000_000_000, using: &random)
            let data = Fixture.document(Fixture.element(0x09, Fixture.int64(milliseconds), name: ""))
            #expect(try serializer.bytes(of: serializer.document(from: data)) == data)
            let date = Date(timeIntervalSinceReferenceDate: Double.random(in: -1e9...1e9, using: &random))
            #expect(try serializer.decode(Date.self, from: serializer.encode(date)) == date)
        }
        for _ in 0..<2000 {
            let milliseconds =
                Int64.random(in: .min ... .max, using: &random) >> Int64.random(in: 0..<16, using: &random)
            let data = Fixture.document(Fixture.element(0x09, Fixture.int64(milliseconds)))
            let document = try serializer.document(from: data)
            #expect(try serializer.document(from: serializer.bytes(of: document)) == document, "\(milliseconds) ms")
        }
        for milliseconds in [Int64.min, .max, .min + 1, 1 << 53, -1, 0, 0x000F_FF8B_CFE5_6800] {
            let data = Fixture.document(Fixture.element(0x09, Fixture.int64(milliseconds)))
            guard case .date(let date) = try serializer.document(from: data)["v"] else {
                return #expect(Bool(false), "no date")
            }
            #expect(
                abs(date.timeIntervalSince1970 - Double(milliseconds) / 1000) <= 1e9.ulp
                    * max(1, abs(date.timeIntervalSince1970 / 1e9))
            )
        }
    }

    @Test("Arrays of more than ten thousand elements have the size that was measured")
    func longArrays() throws {
        let document = Document.array((0..<12_345).map { .integer($0) })
        #expect(try serializer.document(from: serializer.bytes(of: document)) == document)
    }

    @Test("JSON text becomes the tree that it describes, at the root too")
    func jsonText() throws {
        let text = Document.json(try JSONText(Data(#"{"b": [1, {}], "a": 1.5}"#.utf8)))
        let tree = Document.map([.init("b", .array([.integer(1), .map([])])), .init("a", .float(1.5))])
        #expect(try serializer.bytes(of: text) == serializer.bytes(of: tree))
        #expect(try serializer.bytes(of: .array([text])) == serializer.bytes(of: .array([tree])))
    }

    @Test("Many documents, small and large, don't corrupt libbson's memory")
    func manyDocuments() throws {
        var generator = DocumentGenerator(seed: 11, kinds: [.bytes, .nonFiniteFloats])
        for size in 0..<3000 {
            let document = Document.map([
                .init("before", generator.map()),
                .init("body", .bytes(Data(repeating: UInt8(size % 256), count: size * 7 % 20_000))),
                .init("after", generator.document()),
            ])
            let data = try serializer.bytes(of: document)
            #expect(try serializer.document(from: data) == document)
        }
    }
}
#endif
