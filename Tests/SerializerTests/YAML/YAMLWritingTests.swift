#if YAML
import Foundation
import Serializers
import Testing

/// What YAML files look like.
struct YAMLWritingTests {
    private let serializer = YAMLSerializer()

    private func write(_ document: Document) throws -> String {
        String(decoding: try serializer.bytes(of: document), as: UTF8.self)
    }

    @Test("An entry looks as a person would write it")
    func entry() throws {
        let headers: [Document] = [
            .map([.init("Content-Type", .string("text/html; charset=utf-8"))]),
            .map([.init("ETag", .string("\"33a64df5\""))]),
            .map([.init("Age", .string("0"))]), .map([.init("Date", .string("Mon, 05 Jan 2026 10:00:00 GMT"))]),
        ]
        let body = Document.map([
            .init("items", .array([.integer(1), .float(2.5), .array([.bool(true), .null]), .array([]), .map([])])),
            .init("text", .string("first line\n  second line\n")),
        ])
        let document = Document.map([
            .init("url", .string("https://example.com/?a=b&c=d#e")), .init("status", .integer(200)),
            .init("created", .date(Date(timeIntervalSince1970: 1_767_323_045.125))), .init("headers", .array(headers)),
            .init("image", .bytes(Data(repeating: 0, count: 60))), .init("key", .bytes(Data("hello".utf8))),
            .init("body", body),
        ])
        let written = try write(document)
        #expect(
            written == """
                url: https://example.com/?a=b&c=d#e
                status: 200
                created: 2026-01-02T03:04:05.125Z
                headers:
                  - Content-Type: text/html; charset=utf-8
                  - ETag: '"33a64df5"'
                  - Age: '0'
                  - Date: Mon, 05 Jan 2026 10:00:00 GMT
                image: !!binary |
                  AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
                  AAAA
                key: !!binary aGVsbG8=
                body:
                  items:
                    - 1
                    - 2.5
                    - - true
                      - null
                    - []
                    - {}
                  text: |
                    first line
                      second line

                """
        )
    }

    @Test(
        "Text stays plain when no reader can mistake it",
        arguments: [
            "text", "two words", "text/html; charset=utf-8", "a:b", "a#b", "https://a.example/", "(a)", "no-cache",
            "Nobody", "a, b",
            "max-age=0", "12 monkeys!", "1st", "é", "日本語", "😀", "a'b", "a\"b", "a\\b", "a]b", "$x", "^", "<a>",
            "nullable", "200 OK",
            "W/\"x\"", "Mon, 05 Jan 2026 10:00:00 GMT", "\u{A0}a", "2001:db8::1 is an address",
        ]
    )
    func plain(_ text: String) throws {
        #expect(try write(.string(text)) == text + "\n")
        #expect(try serializer.document(from: Data((text + "\n").utf8)) == .string(text))
    }

    @Test(
        "Text is quoted if a reader of YAML 1.1 or 1.2 could mistake it for something else",
        arguments: [
            "", " ", "a ", " a", "no", "NO", "Yes", "y", "N", "on", "Off", "true", "FALSE", "null", "Null", "~", "=",
            "<<", ".inf",
            "-.INF", ".nan", "0", "-1", "+1", "1.5", ".5", "5.", "1e3", "1.0e+3", "0o14", "0x1F", "014", "0b1", "1_000",
            "1:20",
            "190:20:30.15", "2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01 10:00:00 +1", "127.0.0.1", "1.2.3", "- a",
            "-", "--- a",
            "?", "? a", ":", ": a", "a: b", "a:", "#a", "a #b", "&a", "*a", "*/*", "!a", "|", ">", "@a", "`a", "%a",
            "{a", "[a", "]", "}",
            ",a", "\"a\"", "...", "... a", "...a",
        ]
    )
    func singleQuoted(_ text: String) throws {
        #expect(try write(.string(text)) == "'\(text)'\n")
        #expect(try write(.map([.init(text, .null)])) == "'\(text)': null\n")
        #expect(try serializer.document(from: Data("'\(text)'".utf8)) == .string(text))
    }

    @Test(
        "Text is in double quotes if it needs escapes, or has apostrophes but no double quotes",
        arguments: [
            ("'a'", "\"'a'\""), ("'\"", "'''\"'"), ("a\tb", #""a\tb""#), ("a\rb\n", #""a\rb\n""#), ("\0", #""\x00""#),
            ("\u{7F}", #""\x7F""#),
            ("\u{85}", #""\x85""#), ("\u{9F}", #""\x9F""#), ("\u{2028}\u{2029}", #""\u2028\u2029""#),
            ("\u{FEFF}", #""\uFEFF""#),
            ("\u{FFFE}\u{FFFF}", #""\uFFFE\uFFFF""#), ("\u{1B}\"\\", #""\x1B\"\\""#), ("\n", #""\n""#),
            ("\n \n", #""\n \n""#),
            ("a\n ", #""a\n ""#), ("a\nb\u{1}", #""a\nb\x01""#), ("\u{1}é😀", #""\x01é😀""#),
        ]
    )
    func doubleQuoted(_ text: String, _ expected: String) throws {
        #expect(try write(.string(text)) == expected + "\n")
        #expect(try serializer.document(from: Data(expected.utf8)) == .string(text))
    }

    @Test(
        "Multi-line text is a literal block",
        arguments: [
            ("x\n", "|\n    x\n"), ("x\ny", "|-\n    x\n    y\n"),
            ("  x\n", "|2\n      x\n"), ("\nx", "|2-\n\n    x\n"), ("\tx\n", "|2\n    \tx\n"),
            ("# x\n- y: 'z'\n", "|\n    # x\n    - y: 'z'\n"), ("😀\né\n", "|\n    😀\n    é\n"),
            ("---\n...\n", "|\n    ---\n    ...\n"),
        ]
    )
    func literal(_ text: String, _ expected: String) throws {
        let document = Document.map([
            .init("a", .map([.init("b", .string(text)), .init("c", .array([.string(text)]))]))
        ])
        let yaml = "a:\n  b: \(expected)  c:\n    - " + expected.replacing("\n    ", with: "\n      ")
        #expect(try write(document) == yaml)
        #expect(try serializer.document(from: Data(yaml.utf8)) == document)
        let root = try serializer.bytes(of: .string(text))
        #expect(try serializer.document(from: root) == .string(text))
    }

    @Test(
        "Multi-line text that editors could change is in double quotes, line by line",
        arguments: [
            ("x\n\n", [#"x\n\"#, #"\n"#]), ("x\n\ny\n\n", [#"x\n\"#, #"\n\"#, #"y\n\"#, #"\n"#]),
            ("x\u{3000}\ny", ["x\u{3000}\\n\\", "y"]), ("x\ny\t", [#"x\n\"#, #"y\t"#]),
            ("x \n  \ny\n", [#"x \n\"#, #"\  \n\"#, #"y\n"#]), ("x\r\ny\n", [#"x\r\n\"#, #"y\n"#]),
        ] as [(String, [String])]
    )
    func lines(_ text: String, _ lines: [String]) throws {
        try literal(text, "\"" + lines.joined(separator: "\n    ") + "\"\n")
    }

    @Test(
        "A line that ends in white space of Unicode is quoted, because editors could remove it",
        arguments: ["\u{A0}", "\u{1680}", "\u{2000}", "\u{200A}", "\u{202F}", "\u{205F}", "\u{3000}"]
    )
    func quotesTrailingBlanks(_ blank: String) throws {
        #expect(try write(.string("a\(blank)")) == "'a\(blank)'\n")
        #expect(try write(.string("it's\(blank)")) == "\"it's\(blank)\"\n")
        #expect(try write(.string("a\(blank)b")) == "a\(blank)b\n")
    }

    @Test("A key that is long, or has several lines, is still found")
    func longKeys() throws {
        for name in [
            String(repeating: "a", count: 161), String(repeating: "\u{1}", count: 5000), "a\nb", "? ",
            String(repeating: "é'", count: 160),
        ] {
            let nested = Document.array([
                .map([.init(name, .array([.map([.init(name, .integer(1))])])), .init("b", .null)])
            ])
            let data = try serializer.bytes(of: nested)
            #expect(try serializer.document(from: data) == nested)
        }
        #expect(
            try write(.map([.init(String(repeating: "a", count: 161), .map([.init("b", .null)]))])).hasSuffix(
                "a\n:\n  b: null\n"
            )
        )
    }

    @Test(
        "Floating-point numbers have a point and a signed exponent, as YAML 1.1 requires",
        arguments: [
            (0, "0.0"), (-0.0, "-0.0"), (1, "1.0"), (0.1, "0.1"), (1e16, "1.0e+16"), (1.5e300, "1.5e+300"),
            (.leastNonzeroMagnitude, "5.0e-324"),
            (.infinity, ".inf"), (-.infinity, "-.inf"), (.nan, ".nan"),
        ]
    )
    func floats(_ value: Double, _ expected: String) throws {
        #expect(try write(.float(value)) == expected + "\n")
    }

    @Test(
        "Decimal numbers keep their digits",
        arguments: [
            ("9.90", "9.90"), ("1e3", "1.0e+3"), ("1E3", "1.0E+3"), ("1.5e-3", "1.5e-3"), ("-0", "-0"),
            ("0e9999", "0.0e+9999"),
            ("3.14159265358979323846264338327950288", "3.14159265358979323846264338327950288"),
            (
                "123456789012345678901234567890123456789012345678901234567890",
                "123456789012345678901234567890123456789012345678901234567890"
            ),
        ]
    )
    func numbers(_ literal: String, _ expected: String) throws {
        #expect(try write(.number(literal)) == expected + "\n")
    }

    @Test(
        "Values that YAML can't hold are refused with their path",
        arguments: [
            .number("1e400"), .number("-1e400"), .number("1e-400"), .number("01"), .number("1."), .number(""),
            .number("NaN"), .number("1 "),
        ] as [Document]
    )
    func refusals(_ value: Document) {
        let error = #expect(throws: SerializationError.self) {
            try serializer.bytes(of: .map([.init("a", .array([.null, value]))]))
        }
        #expect(error?.code == .unrepresentable)
        #expect(error?.path == [.member("a"), .index(1)])
    }

    @Test("Times that ISO 8601 can't represent are rejected", arguments: [.infinity, -.infinity, .nan, 1e12, -1e12])
    func refusedTimes(_ interval: Double) {
        refusals(.date(Date(timeIntervalSinceReferenceDate: interval)))
    }

    @Test(
        "Times are quoted where YAML 1.1 would read another time",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (-0.123, "1969-12-31T23:59:59.877Z"),
            (978_307_200.000001, "2001-01-01T00:00:00.000001Z"),
            (978_307_200.0000002, "'2001-01-01T00:00:00.0000002384185791015625Z'"),
            (-62_135_769_600, "'0000-12-30T00:00:00Z'"),
            (-62_135_596_800, "0001-01-01T00:00:00Z"),
        ]
    )
    func dates(_ interval: Double, _ expected: String) throws {
        let date = Date(timeIntervalSince1970: interval)
        let written = try write(.date(date))
        #expect(written == expected + "\n")
        #expect(try serializer.decode(Date.self, from: serializer.encode(date)) == date)
    }

    @Test("JSON text becomes the tree that it describes")
    func jsonText() throws {
        let text = try JSONText(Data(#"{"b": [1, "no", {}], "a": 1.5e3, "c": []}"#.utf8))
        let document = Document.map([.init("body", .json(text)), .init("none", .json(try JSONText(Data("[]".utf8))))])
        #expect(try write(document) == "body:\n  b:\n    - 1\n    - 'no'\n    - {}\n  a: 1.5e+3\n  c: []\nnone: []\n")
    }

    @Test("Every Unicode scalar is read back, alone and among lines")
    func unicodeScalars() throws {
        var scalars = String.UnicodeScalarView()
        for value in UInt32(0)...0x2FFF { Unicode.Scalar(value).map { scalars.append($0) } }
        for value in UInt32(0xFD00)...0x1_01FF { Unicode.Scalar(value).map { scalars.append($0) } }
        let document = Document.array(
            scalars.flatMap { scalar -> [Document] in
                let text = String(Character(scalar))
                return [.string(text), .string("x\(text)y"), .string("x\n\(text)\ny\n"), .map([.init(text, .null)])]
            }
        )
        #expect(try serializer.document(from: serializer.bytes(of: document)) == document)
    }
}
#endif
