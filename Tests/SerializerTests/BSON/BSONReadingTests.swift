#if BSON
import Foundation
import Serializers
import Testing

/// Reads every type of BSON, from bytes built by hand.
struct BSONReadingTests {
    private typealias Fixture = BSONFixture
    private static let objectID = (0..<12).map { UInt8($0) * 20 }
    private static let objectIDText = "0014283c5064788ca0b4c8dc"

    private static func map(_ members: (String, Document)...) -> Document { .map(members.map { .init($0.0, $0.1) }) }

    static let types: [(UInt8, [UInt8], Document)] = [
        (0x01, Fixture.int64(0x3FF8_0000_0000_0000), .float(1.5)),
        (0x01, Fixture.int64(0x7FF0_0000_0000_0000), .float(.infinity)),
        (0x02, Fixture.text("é\0x"), .string("é\0x")), (0x02, Fixture.text(""), .string("")),
        (0x03, Fixture.frame(Fixture.element(0x0A, [], name: "")), map(("", .null))),
        (0x03, Fixture.frame([]), .map([])),
        (
            0x04, Fixture.frame(Fixture.element(0x08, [1], name: "0") + Fixture.element(0x0A, [], name: "7")),
            .array([.bool(true), .null])
        ),
        (0x05, Fixture.int32(3) + [0, 1, 2, 3], .bytes(Data([1, 2, 3]))),
        (0x05, Fixture.int32(0) + [0x80], .bytes(Data())),
        (0x05, Fixture.int32(6) + [2] + Fixture.int32(2) + [8, 9], .bytes(Data([8, 9]))),
        (0x05, Fixture.int32(16) + [4] + Array(0..<16), .bytes(Data(0..<16))), (0x06, [], .null),
        (0x07, objectID, .string(objectIDText)), (0x08, [0], .bool(false)), (0x08, [1], .bool(true)),
        (0x09, Fixture.int64(1_767_323_045_678), .date(Date(timeIntervalSince1970: 1_767_323_045.678))),
        (0x09, Fixture.int64(-1), .date(Date(timeIntervalSince1970: -0.001))), (0x0A, [], .null),
        (
            0x0B, Array("a.b\0im\0".utf8),
            map(("$regularExpression", map(("pattern", .string("a.b")), ("options", .string("im")))))
        ),
        (
            0x0C, Fixture.text("db.c") + objectID,
            map(("$dbPointer", map(("$ref", .string("db.c")), ("$id", .string(objectIDText)))))
        ),
        (0x0D, Fixture.text("f()"), .string("f()")), (0x0E, Fixture.text("symbol"), .string("symbol")),
        (
            0x0F,
            Fixture.int32(4 + 8 + 14) + Fixture.text("f()")
                + Fixture.frame(Fixture.element(0x10, Fixture.int32(1), name: "sco")),
            map(("$code", .string("f()")), ("$scope", map(("sco", .integer(1)))))
        ),
        (0x10, Fixture.int32(-2), .integer(-2)),
        (0x11, Fixture.int64(5 << 32 | 7), map(("$timestamp", map(("t", .integer(5)), ("i", .integer(7)))))),
        (0x12, Fixture.int64(.min), .integer(Int128(Int64.min))),
        (0x13, decimal(low: 1, high: 0x3040 << 48), .integer(1)),
        (0x13, decimal(low: 150, high: 0x303C << 48), .number("1.50")),
        (0x13, decimal(low: 1, high: 0x3046 << 48), .integer(1000)),
        (0x13, decimal(low: 1, high: 0x5FFE << 48), .number("1E+6111")),
        (0x13, decimal(low: 0, high: 0xB040 << 48), .number("-0")),
        // Decimals that are not canonical are zero, whether or not libbson cuts off the 35th digit.
        (0x13, decimal(low: .max, high: 0x3041_FFFF_FFFF_FFFF), .integer(0)),
        (0x13, decimal(low: 0x1300_00FF_FFFF_FFFF, high: 0xDFFF_FFFF_FFFF_FF00), .integer(0)),
        (0x13, decimal(low: 1, high: 0x6C10_0000_0000_0000), .integer(0)),
        (0x13, decimal(low: 0, high: 0x7800 << 48), .float(.infinity)),
        (0x13, decimal(low: 0, high: 0xF800 << 48), .float(-.infinity)), (0x7F, [], map(("$maxKey", .integer(1)))),
        (0xFF, [], map(("$minKey", .integer(1)))),
    ]

    private static func decimal(low: UInt64, high: UInt64) -> [UInt8] {
        Fixture.int64(Int64(bitPattern: low)) + Fixture.int64(Int64(bitPattern: high))
    }

    @Test("Every type of the specification has a value", arguments: types)
    func everyType(_ type: UInt8, _ bytes: [UInt8], _ value: Document) throws {
        let data = Fixture.document(Fixture.element(type, bytes) + Fixture.element(0x08, [1], name: "after"))
        #expect(try BSONSerializer().document(from: data) == .map([.init("v", value), .init("after", .bool(true))]))
    }

    @Test("NaN is read from both kinds of numbers")
    func notANumber() throws {
        let numbers =
            Fixture.element(0x01, Fixture.int64(0x7FF8_0000_0000_0000))
            + Fixture.element(0x13, Self.decimal(low: 0, high: 0x7C00 << 48))
        guard case .map(let members) = try BSONSerializer().document(from: Fixture.document(numbers)) else {
            return #expect(Bool(false), "no map")
        }
        for member in members {
            guard case .float(let value) = member.value else { return #expect(Bool(false), "no float") }
            #expect(value.isNaN)
        }
    }

    @Test("An element that is truncated anywhere is rejected", arguments: types)
    func truncatedTypes(_ type: UInt8, _ bytes: [UInt8], _ value: Document) {
        guard !bytes.isEmpty else { return }
        let element = Fixture.element(type, bytes.dropLast())
        let error = #expect(throws: SerializationError.self) {
            try BSONSerializer().document(from: Fixture.document(element))
        }
        #expect(error?.code == .malformed)
        #expect(error?.position?.offset ?? 0 >= 4)
    }

    @Test("A document whose only member has an empty name is read as the value of that member")
    func wrappedRoots() throws {
        let serializer = BSONSerializer()
        #expect(
            try serializer.document(from: Fixture.document(Fixture.element(0x10, Fixture.int32(42), name: "")))
                == .integer(42)
        )
        let twice = Fixture.element(0x0A, [], name: "") + Fixture.element(0x0A, [], name: "")
        #expect(try serializer.document(from: Fixture.document(twice)) == .map([.init("", .null), .init("", .null)]))
        for document in [
            Document.map([.init("", .null)]), .map([.init("", .map([.init("", .integer(1))]))]), .array([]), .null,
            .map([]),
        ] {
            #expect(try serializer.document(from: serializer.bytes(of: document)) == document)
        }
    }

    @Test(
        "Damage is reported with its position",
        arguments: [
            ([], 0), ([4, 0, 0, 0], 0), ([5, 0, 0, 0, 1], 0), ([6, 0, 0, 0, 0], 0), ([6, 0, 0, 0, 0, 0], 4),
            ([0xFF, 0xFF, 0xFF, 0xFF, 0], 0),
            (Fixture.frame(Fixture.element(0x14, [])), 4), (Fixture.frame([0x0A] + "no end".utf8), 4),
            (Fixture.frame(Fixture.element(0x0A, []) + Fixture.element(0x08, [2])), 7),
            (Fixture.frame(Fixture.element(0x02, Fixture.int32(0) + [0])), 4),
            (Fixture.frame(Fixture.element(0x02, Fixture.int32(2) + [0x61, 0x62])), 4),
            (Fixture.frame(Fixture.element(0x02, Fixture.int32(2) + [0xFF, 0])), 11),
            (Fixture.frame([0x0A, 0xC3, 0x28, 0]), 5),
            (Fixture.frame(Fixture.element(0x03, Fixture.int32(4))), 7),
            (Fixture.frame(Fixture.element(0x03, Fixture.int32(5) + [1])), 7),
            (Fixture.frame(Fixture.element(0x04, Fixture.int32(6) + [0x0A, 0])), 11),
            (Fixture.frame(Fixture.element(0x0B, [0xFF, 0, 0])), 7),
            (Fixture.frame(Fixture.element(0x0B, [0, 0xFF, 0])), 8),
        ] as [([UInt8], Int)]
    )
    func damage(_ bytes: [UInt8], _ offset: Int) {
        let error = #expect(throws: SerializationError.self) { try BSONSerializer().document(from: Data(bytes)) }
        #expect(error?.code == .malformed)
        #expect(error?.position == SerializationError.Position(offset: offset))
    }

    @Test("A slice of data is read from the start of the slice")
    func slices() throws {
        let data = Data([9, 9, 9]) + Fixture.document(Fixture.element(0x10, Fixture.int32(1))) + Data([9])
        #expect(try BSONSerializer().document(from: data.dropFirst(3).dropLast()) == .map([.init("v", .integer(1))]))
    }

    @Test("The position of a value is found by its path")
    func locations() throws {
        let serializer = BSONSerializer()
        func inner(_ value: Int128) -> Document { .map([.init("b", .integer(value))]) }
        let data = try serializer.bytes(
            of: .map([.init("a", .array([.null, inner(1)])), .init("c", .null), .init("c", inner(2))])
        )
        func offset(_ path: Document.PathElement...) -> Int? { serializer.position(of: path, in: data)?.offset }
        #expect(offset() == 0)
        #expect(offset(.member("a")) == 4)
        #expect(offset(.member("a"), .index(0)) == 11)
        #expect(offset(.member("a"), .index(1)) == 14)
        #expect(offset(.member("a"), .index(1), .member("b")) == 21)
        #expect(offset(.member("c"), .member("b")) == 40)
        #expect(offset(.member("a"), .index(2)) == nil)
        #expect(offset(.member("c"), .index(5)) == nil)
        #expect(offset(.member("d")) == nil)
        let list = try serializer.bytes(of: .array([.null, .bool(true)]))
        #expect(serializer.position(of: [.index(1)], in: list)?.offset == 13)
    }
}
#endif
