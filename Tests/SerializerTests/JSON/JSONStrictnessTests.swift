import Foundation
import Serializers
import Testing

/// RFC 8259 and nothing else.
struct JSONStrictnessTests {
    private let serializer = JSONSerializer()

    private static let accepted: [String] = [
        "null", "true", "false", "0", "-0", "42", "-1", "1.5", "-0.0", "1e3", "1E3", "1e+3", "1e-3", "0e0", "0.1e1",
        "1.0E+2",
        "\"\"", "\"a\"", "[]", "{}", "[ ]", "{ }", "[1]", "[1,2]", "[ 1 , 2 ]", "{\"a\":1}",
        "{ \"a\" : 1 , \"b\" : [ ] }",
        " \t\r\n1 \t\r\n", "[[[[]]]]", "[{}]", "{\"\":\"\"}", "{\"a\":{\"a\":{}}}", "[null,true,false]",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u0000\"", "\"\\u00e9\\u00E9\"", "\"\\uD83D\\uDE00\"",
        "\"\\ud83d\\ude00x\"",
        "\"\u{7F}\"", "\"é日本😀\u{10FFFF}\"", "\"\u{2028}\u{2029}\"", "\"\u{FEFF}\"", "{\"a\":1,\"a\":2}",
        "123456789012345678901234567890",
        "1e400", "-1e400", "1e-400", "0.0000000000000000000000000000000000000000001", "1e999999999999999999999999",
        "\"/\"", "\"http://a/b\"", "[\"a\\\\\"]", "[0,-0,0.0]", "[1e1]\n\n",
    ]

    private static let refused: [String] = [
        "", " ", "\n", "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1,,2]", "[1 2]", "[1]]", "[1],",
        "[1] [2]", "[1}",
        "{\"a\":1", "{\"a\"", "{\"a\":", "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\" 1}", "{\"a\",1}", "{a:1}", "{'a':1}",
        "{1:1}",
        "{\"a\":1,,\"b\":2}", "{\"a\":1 \"b\":2}", "{null:1}", "{[]:1}", "{\"a\":1]", "{\"a\"::1}", "{\"a\":1:2}",
        "01", "-01", "00", "-", "+1", "1.", ".5", "-.5", "1.e1", "1e", "1e+", "1E-", "1ee1", "1.2.3", "0x1", "1_000",
        "1,000", "Infinity",
        "-Infinity", "NaN", "nan", "inf", "1f", "- 1", "1 e3", "0b1", "0o7", "١", "--1", "1-", "1e1.5", "-a",
        "nul", "nulll", "NULL", "Null", "tru", "True", "truefalse", "fals", "undefined", "none",
        "\"", "\"a", "a\"", "'a'", "`a`", "\"\\\"", "\"\\x41\"", "\"\\a\"", "\"\\0\"", "\"\\'\"", "\"\\u\"",
        "\"\\u12\"", "\"\\u123g\"",
        "\"\\U0041\"", "\"\\u{41}\"", "\"\n\"", "\"\t\"", "\"\u{0}\"", "\"\u{1F}\"", "\"\r\"", "\"a\" \"b\"", "\"a\"b",
        "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\ud800\"", "\"\\ud800x\"", "\"\\ud800\\n\"", "\"\\udc00\\ud800\"",
        "\"\\ud800\\u0041\"",
        "\"\\ud83d", "\"\\ud83d\\", "\"\\ud83d\\u", "\"\\ud83d\\ude0",
        "// a\n1", "1 // a", "/* a */1", "[1/**/]", "# a\n1", "\u{FEFF}1", "\u{FEFF}", "1\u{A0}", "\u{B}1", "\u{C}1",
        "1\u{0}", "\u{2028}1",
        "[1;2]", "(1)", "<a>", "1 2", "null null", "{} {}", "[]\u{0}", "\\u0031", "\u{1}", "@", "*", "=",
    ]

    @Test("Everything that RFC 8259 allows is read", arguments: accepted)
    func accepts(_ text: String) throws {
        #expect(throws: Never.self) { try serializer.document(from: Data(text.utf8)) }
        #expect(throws: Never.self) { try JSONText(Data(text.utf8)) }
        // Foundation's independent reader agrees, except for numbers beyond `Double`.
        if !text.contains("e400"), !text.contains("e9999") {
            #expect(throws: Never.self) {
                try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
            }
        }
    }

    @Test("Everything outside of RFC 8259 is refused with line and column", arguments: refused)
    func refuses(_ text: String) throws {
        let error = #expect(throws: SerializationError.self) { try serializer.document(from: Data(text.utf8)) }
        #expect(error?.code == .malformed)
        #expect(error?.position?.line != nil)
        #expect(error?.position?.column != nil)
        let textError = #expect(throws: SerializationError.self) { try JSONText(Data(text.utf8)) }
        #expect(textError?.code == .malformed)
        #expect(textError?.position == error?.position)
    }

    private static let notUTF8: [[UInt8]] = [
        [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
        [0xE2, 0x82],
        [0xE2, 0x28, 0xA1], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x9F, 0x98],
        [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFF], [0xFE],
        [0xF0, 0x28, 0x8C, 0xBC],
    ]

    @Test("Strings that are not in UTF-8 are refused, wherever in them", arguments: notUTF8, [0, 1, 5, 8, 20])
    func refusesOtherEncodings(_ bytes: [UInt8], prefix: Int) throws {
        let quote = UInt8(ascii: "\"")
        let text = Data([quote] + Array(repeating: UInt8(ascii: "a"), count: prefix) + bytes + [quote])
        let error = #expect(throws: SerializationError.self) { try serializer.document(from: text) }
        #expect(error?.code == .malformed)
        #expect(throws: SerializationError.self) { try JSONText(text) }
    }

    @Test("UTF-16 is refused")
    func refusesUTF16() throws {
        for encoding in [String.Encoding.utf16, .utf16LittleEndian, .utf16BigEndian, .utf32] {
            let text = try #require("[\"a\"]".data(using: encoding))
            #expect(throws: SerializationError.self) { try serializer.document(from: text) }
        }
    }

    @Test(
        "Nesting of 100,000 is refused",
        arguments: ["[", "{\"a\":", "[{\"a\":", "[[],", " [ \n"]
    )
    func refusesDeepNesting(_ opening: String) throws {
        let text = Data(String(repeating: opening, count: 100_000).utf8)
        let error = #expect(throws: SerializationError.self) { try serializer.document(from: text) }
        #expect(error?.code == .limitExceeded)
        #expect(error?.position != nil)
        let textError = #expect(throws: SerializationError.self) { try JSONText(text) }
        #expect(textError?.code == .limitExceeded)
    }

    @Test("Reading a million digits, escapes or members ends")
    func largeTokens() throws {
        let digits = String(repeating: "9", count: 1_000_000)
        #expect(try serializer.document(from: Data(digits.utf8)) == .number(digits))
        #expect(try serializer.document(from: Data("0.\(digits)".utf8)) == .number("0.\(digits)"))
        #expect(throws: SerializationError.self) { try serializer.decode(Int.self, from: Data(digits.utf8)) }
        #expect(throws: SerializationError.self) { try serializer.decode(Decimal.self, from: Data(digits.utf8)) }
        #expect(throws: SerializationError.self) { try serializer.decode(Double.self, from: Data(digits.utf8)) }
        #expect(throws: SerializationError.self) { try serializer.decode(Int.self, from: Data("1e\(digits)".utf8)) }
        #expect(throws: SerializationError.self) { try serializer.decode(Int.self, from: Data("1e999999999999".utf8)) }
        #expect(throws: SerializationError.self) {
            try serializer.decode(Decimal.self, from: Data("1e999999999999".utf8))
        }
        let escapes = "\"" + String(repeating: "\\u0041", count: 200_000) + "\""
        #expect(try serializer.decode(String.self, from: Data(escapes.utf8)).utf8.count == 200_000)
        let same = "{" + String(repeating: "\"a\":1,", count: 200_000) + "\"a\":2}"
        #expect(try serializer.decode([String: Int].self, from: Data(same.utf8)) == ["a": 2])
    }
}
