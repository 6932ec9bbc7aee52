import Foundation
import Serializers
import Testing

/// The values of JSON text.
struct JSONReadingTests {
    private let serializer = JSONSerializer()

    private func document(_ text: String) throws -> Document {
        try serializer.document(from: Data(text.utf8))
    }

    @Test(
        "Numbers become an integer, a float or a spelling, whichever is the first exact one",
        arguments: [
            ("0", .integer(0)), ("-0", .float(-0.0)), ("-1", .integer(-1)),
            ("999999999999999999", .integer(999_999_999_999_999_999)),
            ("1234567890123456789", .integer(1_234_567_890_123_456_789)),
            ("170141183460469231731687303715884105727", .integer(.max)),
            ("-170141183460469231731687303715884105728", .integer(.min)),
            ("170141183460469231731687303715884105728", .number("170141183460469231731687303715884105728")),
            ("1.0", .float(1)), ("0.1", .float(0.1)), ("1e3", .float(1000)), ("1.50", .float(1.5)),
            ("-2.5E-3", .float(-0.0025)),
            ("1e22", .float(1e22)), ("5e-324", .float(.leastNonzeroMagnitude)), ("3e-324", .number("3e-324")),
            ("1.7976931348623157e308", .float(.greatestFiniteMagnitude)), ("1e309", .number("1e309")),
            ("1e-400", .number("1e-400")),
            ("0.1000000000000000055511151231257827", .number("0.1000000000000000055511151231257827")),
            ("3.14159265358979323846", .number("3.14159265358979323846")), ("0e999999", .float(0)),
            ("-0.0", .float(-0.0)),
        ] as [(String, Document)]
    )
    func numbers(_ text: String, _ expected: Document) throws {
        let document = try document(text)
        #expect(document == expected)
        // Zeros are equal regardless of their sign.
        if case .float(let value) = document, case .float(let wanted) = expected {
            #expect(value.bitPattern == wanted.bitPattern)
        }
    }

    @Test("A whole number may be written with a point or an exponent, but must be whole")
    func wholeNumbers() throws {
        #expect(
            try serializer.decode([Int].self, from: Data("[1.0, 1e3, 12.5e1, -0, 1000000000000000000000e-18]".utf8))
                == [1, 1000, 125, 0, 1000]
        )
        #expect(
            try serializer.decode([UInt128].self, from: Data("[1e38, 340282366920938463463374607431768211455]".utf8))
                .last == .max
        )
        for text in ["1.5", "1e-1", "1e40", "0.99999999999999999999999"] {
            #expect(throws: SerializationError.self) { try serializer.decode(Int.self, from: Data(text.utf8)) }
        }
    }

    @Test("Decimals are exact or refused")
    func decimals() throws {
        func decode(_ text: String) throws -> Decimal { try serializer.decode(Decimal.self, from: Data(text.utf8)) }
        #expect(try decode("0.1") == Decimal(string: "0.1"))
        #expect(try decode("1e-100") == Decimal(string: "1e-100"))
        #expect(
            try decode("12345678901234567890.123456789012345678")
                == Decimal(string: "12345678901234567890.123456789012345678")
        )
        #expect(throws: SerializationError.self) { try decode("0.1234567890123456789012345678901234567890123") }
        #expect(throws: SerializationError.self) { try decode("1e200") }
    }

    @Test(
        "Escapes become the characters that they stand for",
        arguments: [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u20AC""#, "Aé€"),
            (#""\uD83D\uDE00""#, "😀"),
            (#""\u0000""#, "\0"), (#""é\u0065\u0301""#, "ée\u{301}"), (#""a\\nb""#, "a\\nb"),
            (#""\uDBFF\uDFFF""#, "\u{10FFFF}"),
        ]
    )
    func escapes(_ text: String, _ expected: String) throws {
        let string = try serializer.decode(String.self, from: Data(text.utf8))
        #expect(Array(string.unicodeScalars) == Array(expected.unicodeScalars))
    }

    @Test("Duplicate names are kept in order, and the last one counts")
    func duplicates() throws {
        let document = try document(#"{"a": 1, "b": 2, "a": 3}"#)
        #expect(document == .map([.init("a", .integer(1)), .init("b", .integer(2)), .init("a", .integer(3))]))
        #expect(document["a"] == .integer(3))
    }

    @Test(
        "Errors say at which line and column",
        arguments: [
            ("", 1, 1), ("[1,]", 1, 4), ("{\n  \"a\": 01\n}", 2, 8), ("[\n1,\n2\n", 4, 1), ("[\r\n1,\r\n x]", 3, 2),
            ("\"é\\x\"", 1, 4),
            ("[1] x", 1, 5), ("\n\n  \"a", 3, 3), ("{\"a\": 1,\n\"b\" 2}", 2, 5), ("[tru]", 1, 2),
            ("[\"\\ud800\"]", 1, 3),
        ]
    )
    func syntaxErrorPositions(_ text: String, line: Int, column: Int) throws {
        let error = #expect(throws: SerializationError.self) { try document(text) }
        #expect(error?.position?.line == line)
        #expect(error?.position?.column == column)
    }

    @Test("Errors for values of the wrong type have the position, of duplicates that of the last")
    func mismatchPositions() throws {
        struct Row: Codable { var id: Int8 }
        struct Table: Codable { var rows: [Row] }
        let text = """
            {
              "rows": [],
              "rows": [
                {"id": 1},
                {"other": "}", "id": "x", "id":  300}
              ]
            }
            """
        let error = #expect(throws: SerializationError.self) {
            try serializer.decode(Table.self, from: Data(text.utf8))
        }
        #expect(error?.code == .mismatch)
        #expect(error?.path.pathDescription == "rows[1].id")
        #expect(error?.position?.line == 5)
        #expect(error?.position?.column == 38)
        #expect(error?.message == "the number 300 does not fit in Int8")
        #expect(serializer.position(of: [.member("rows"), .index(2)], in: Data(text.utf8)) == nil)
        #expect(serializer.position(of: [.member("none")], in: Data(text.utf8)) == nil)
        #expect(serializer.position(of: [.index(0)], in: Data(text.utf8)) == nil)
        #expect(serializer.position(of: [], in: Data(text.utf8))?.offset == 0)
    }

    @Test("A slice of data is read like any other")
    func slices() throws {
        let data = Data("xx[1, \"a\"]xx".utf8)
        let slice = data[2..<(data.count - 2)]
        #expect(try serializer.document(from: slice) == .array([.integer(1), .string("a")]))
        #expect(serializer.position(of: [.index(1)], in: slice)?.offset == 4)
    }
}
