import Foundation
import Serializers
import Testing

/// The examples of RFC 8949, appendices A and F.
struct CBORVectorTests {
    private let serializer = NativeSerializer()

    /// The vectors of appendix A that are written with the same bytes.
    private static let reversible: [(String, Document)] = [
        ("00", .integer(0)), ("01", .integer(1)), ("0a", .integer(10)), ("17", .integer(23)), ("1818", .integer(24)),
        ("1819", .integer(25)), ("1864", .integer(100)), ("1903e8", .integer(1000)),
        ("1a000f4240", .integer(1_000_000)),
        ("1b000000e8d4a51000", .integer(1_000_000_000_000)),
        ("1bffffffffffffffff", .integer(18_446_744_073_709_551_615)),
        ("c249010000000000000000", .integer(18_446_744_073_709_551_616)),
        ("3bffffffffffffffff", .integer(-18_446_744_073_709_551_616)),
        ("c349010000000000000000", .integer(-18_446_744_073_709_551_617)),
        ("20", .integer(-1)), ("29", .integer(-10)), ("3863", .integer(-100)), ("3903e7", .integer(-1000)),
        ("f90000", .float(0)), ("f98000", .float(-0.0)), ("f93c00", .float(1)), ("fb3ff199999999999a", .float(1.1)),
        ("f93e00", .float(1.5)), ("f97bff", .float(65504)), ("fa47c35000", .float(100_000)),
        ("fa7f7fffff", .float(3.4028234663852886e+38)), ("fb7e37e43c8800759c", .float(1.0e+300)),
        ("f90001", .float(5.960464477539063e-8)), ("f90400", .float(0.00006103515625)), ("f9c400", .float(-4)),
        ("fbc010666666666666", .float(-4.1)), ("f97c00", .float(.infinity)), ("f97e00", .float(.nan)),
        ("f9fc00", .float(-.infinity)),
        ("f4", .bool(false)), ("f5", .bool(true)), ("f6", .null),
        ("c11a514b67b0", .date(Date(timeIntervalSince1970: 1_363_896_240))),
        ("c1fb41d452d9ec200000", .date(Date(timeIntervalSince1970: 1_363_896_240.5))),
        ("40", .bytes(Data())), ("4401020304", .bytes(Data([1, 2, 3, 4]))),
        ("60", .string("")), ("6161", .string("a")), ("6449455446", .string("IETF")), ("62225c", .string("\"\\")),
        ("62c3bc", .string("\u{FC}")), ("63e6b0b4", .string("\u{6C34}")), ("64f0908591", .string("\u{10151}")),
        ("80", .array([])), ("83010203", .array([.integer(1), .integer(2), .integer(3)])),
        (
            "8301820203820405",
            .array([.integer(1), .array([.integer(2), .integer(3)]), .array([.integer(4), .integer(5)])])
        ),
        ("98190102030405060708090a0b0c0d0e0f101112131415161718181819", .array((1...25).map { .integer($0) })),
        ("a0", .map([])),
        ("a26161016162820203", .map([.init("a", .integer(1)), .init("b", .array([.integer(2), .integer(3)]))])),
        ("826161a161626163", .array([.string("a"), .map([.init("b", .string("c"))])])),
        (
            "a56161614161626142616361436164614461656145",
            .map(["a", "b", "c", "d", "e"].map { .init($0, .string($0.uppercased())) })
        ),
    ]

    /// The vectors of appendix A that are written with other bytes: longer floats, unknown tags, integer names,
    /// indefinite lengths.
    private static let readable: [(String, Document)] = [
        ("fa7f800000", .float(.infinity)), ("fa7fc00000", .float(.nan)), ("faff800000", .float(-.infinity)),
        ("fb7ff0000000000000", .float(.infinity)), ("fb7ff8000000000000", .float(.nan)),
        ("fbfff0000000000000", .float(-.infinity)),
        ("f7", .null), ("f0", .null), ("f8ff", .null),
        ("c074323031332d30332d32315432303a30343a30305a", .date(Date(timeIntervalSince1970: 1_363_896_240))),
        ("d74401020304", .bytes(Data([1, 2, 3, 4]))), ("d818456449455446", .bytes(Data("dIETF".utf8))),
        ("d82076687474703a2f2f7777772e6578616d706c652e636f6d", .string("http://www.example.com")),
        ("a201020304", .map([.init("1", .integer(2)), .init("3", .integer(4))])),
        ("5f42010243030405ff", .bytes(Data([1, 2, 3, 4, 5]))), ("7f657374726561646d696e67ff", .string("streaming")),
        ("9fff", .array([])),
        (
            "9f018202039f0405ffff",
            .array([.integer(1), .array([.integer(2), .integer(3)]), .array([.integer(4), .integer(5)])])
        ),
        (
            "9f01820203820405ff",
            .array([.integer(1), .array([.integer(2), .integer(3)]), .array([.integer(4), .integer(5)])])
        ),
        (
            "83018202039f0405ff",
            .array([.integer(1), .array([.integer(2), .integer(3)]), .array([.integer(4), .integer(5)])])
        ),
        (
            "83019f0203ff820405",
            .array([.integer(1), .array([.integer(2), .integer(3)]), .array([.integer(4), .integer(5)])])
        ),
        ("9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff", .array((1...25).map { .integer($0) })),
        ("bf61610161629f0203ffff", .map([.init("a", .integer(1)), .init("b", .array([.integer(2), .integer(3)]))])),
        ("826161bf61626163ff", .array([.string("a"), .map([.init("b", .string("c"))])])),
        ("bf6346756ef563416d7421ff", .map([.init("Fun", .bool(true)), .init("Amt", .integer(-2))])),
        // Beyond the appendix: the tag for self-described CBOR, negative names, more decimal numbers, a UUID.
        ("d9d9f7 a1 20 01", .map([.init("-1", .integer(1))])),
        ("a1 3bffffffffffffffff 01", .map([.init("-18446744073709551616", .integer(1))])),
        ("c4 82 21 19 6ab3", .number("273.15")), ("c4 82 02 03", .number("3e2")), ("c4 82 20 39 0001", .number("-0.2")),
        ("c4 82 00 18 2a", .number("42.0")), ("c4 82 21 00", .number("0.00")),
        ("c4 82 38 63 01", .number("1e-100")), ("c2 40", .integer(0)), ("c3 40", .integer(-1)),
        ("c2 42 0001", .integer(1)),
        ("c2 50 7fffffffffffffffffffffffffffffff", .integer(.max)),
        ("c3 50 7fffffffffffffffffffffffffffffff", .integer(.min)),
        ("c2 50 80000000000000000000000000000000", .number("170141183460469231731687303715884105728")),
        ("d825 50 00112233445566778899aabbccddeeff", .string("00112233-4455-6677-8899-AABBCCDDEEFF")),
        ("c1 20", .date(Date(timeIntervalSince1970: -1))),
        ("5f ff", .bytes(Data())), ("7f ff", .string("")), ("bf ff", .map([])),
    ]

    @Test("RFC 8949 appendix A, both ways", arguments: reversible)
    func appendixABothWays(_ hex: String, _ document: Document) throws {
        let read = try serializer.document(from: Data(hex: hex))
        #expect(read == document || (hex == "f97e00" && "\(read)" == "\(document)"))
        if case .float(let value) = read, case .float(let wanted) = document { #expect(value.sign == wanted.sign) }
        #expect(try serializer.bytes(of: document).hex == hex)
    }

    @Test("RFC 8949 appendix A and more, read", arguments: readable)
    func appendixARead(_ hex: String, _ document: Document) throws {
        let read = try serializer.document(from: Data(hex: hex))
        #expect(read == document || "\(read)" == "\(document)")
    }

    private static let malformed: [String] = [
        // Appendix F.1: the end of the data in a head, in a string, in arrays and maps, in a tag, without a break.
        "", "18", "19", "1a", "1b", "1901", "1a0102", "1b01020304050607", "38", "58", "78", "98", "9a01ff00", "b8",
        "d8", "f8", "f900",
        "fa0000", "fb000000", "41", "61", "5affffffff00", "5bffffffffffffffff010203", "7affffffff00",
        "7b7fffffffffffffff010203",
        "81", "818181818181818181", "8200", "a1", "a20102", "a100", "a2000000", "c0", "5f4100", "7f6100", "9f",
        "9f0102", "bf", "bf01020102",
        "819f", "9f8000", "9f9f9f9f9fffffffff", "9f819f819f9fffffff",
        // Reserved additional information.
        "1c", "1d", "1e", "3c", "3d", "3e", "5c", "5d", "5e", "7c", "7d", "7e", "9c", "9d", "9e", "bc", "bd", "be",
        "dc", "dd", "de", "fc",
        "fd", "fe",
        // Reserved two-byte simple values.
        "f800", "f801", "f818", "f81f",
        // Indefinite strings with other pieces.
        "5f00ff", "5f21ff", "5f6100ff", "5f80ff", "5fa0ff", "5fc000ff", "5fe0ff", "7f4100ff", "5f5f4100ffff",
        "7f7f6100ffff",
        // A break where none is allowed.
        "ff", "81ff", "8200ff", "a1ff", "a1ff00", "a100ff", "a20000ff", "9f81ff", "9f829f819f9fffffffff", "bf00ff",
        "bf000000ff", "c1ff",
        // Integers and tags without a length.
        "1f", "3f", "df",
        // More than one item.
        "0000", "8000", "f6f6",
        // Wrong lengths, up to 2^64 - 1.
        "9b7fffffffffffffff00", "9bffffffffffffffff00", "bb7fffffffffffffff00", "bb8000000000000000",
        "5b8000000000000000", "7b7fffffffffffffff",
        "9a7fffffff", "ba7fffffff00", "9900ff00", "a300010203",
        // Text that is not UTF-8, also in pieces that are UTF-8 only together.
        "61ff", "62c328", "64f8888080", "7f61c361bcff",
        // Items that do not fit their tags.
        "c000", "c06161", "c101c0", "c16161", "c1f6", "c200", "c26101", "c480", "c48101", "c4826161 01",
        "c4 82 01 6161", "c4 82 01 f6", "c4 82 23 c4 82 28 01",
        "c1c10a", "c1c24a01000000000000000000",
    ]

    @Test("RFC 8949 appendix F and more, refused with the offset", arguments: malformed)
    func refusesMalformed(_ hex: String) throws {
        let error = #expect(throws: SerializationError.self) { try serializer.document(from: Data(hex: hex)) }
        #expect(error?.code == .malformed)
        #expect((0...Data(hex: hex).count).contains(error?.position?.offset ?? -1))
    }

    @Test(
        "Map keys other than text and integers are rejected",
        arguments: ["a1f500", "a1f600", "a1410000", "a1800000", "a1a00000", "a1f93c0000", "a1c1000000"]
    )
    func otherKeys(_ hex: String) throws {
        let error = #expect(throws: SerializationError.self) { try serializer.document(from: Data(hex: hex)) }
        #expect(error?.code == .malformed)
        #expect(error?.message.contains("names") == true)
        #expect(error?.position?.offset == 1)
    }

    @Test("Nesting of 100,000 is refused", arguments: ["81", "a16161", "c9", "9f", "bf6161", "d9d9f7"])
    func deepNesting(_ hex: String) throws {
        let unit = Data(hex: hex)
        let bytes = Data((0..<100_000).flatMap { _ in unit }) + Data([0])
        let error = #expect(throws: SerializationError.self) { try serializer.document(from: bytes) }
        #expect(error?.code == .limitExceeded)
        var reader = CBORReader()
        let skipError = #expect(throws: SerializationError.self) { try reader.skipValue(in: bytes.span) }
        #expect(skipError?.code == .limitExceeded)
    }

    @Test("Numbers that are too long to convert are refused, the longest are read")
    func longNumbers() throws {
        var longest = Data(hex: "c2 59 0400")
        longest.append(Data(repeating: 0xFF, count: 1024))
        guard case .number(let digits) = try serializer.document(from: longest) else {
            Issue.record("expected a number")
            return
        }
        #expect(digits.utf8.count == 2467)
        var tooLong = Data(hex: "c2 59 0401")
        tooLong.append(Data(repeating: 0xFF, count: 1025))
        let error = #expect(throws: SerializationError.self) { try serializer.document(from: tooLong) }
        #expect(error?.code == .limitExceeded)
        let writable = String(repeating: "9", count: 2466)
        #expect(try serializer.document(from: serializer.bytes(of: .number(writable))) == .number(writable))
        let writeError = #expect(throws: SerializationError.self) {
            try serializer.bytes(of: .array([.number(writable + "9")]))
        }
        #expect(writeError?.code == .unrepresentable)
        #expect(writeError?.path == [.index(0)])
    }
}
