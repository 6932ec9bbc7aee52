#if YAML
import Foundation
import Serializers
import Testing

/// Styles, tags, anchors and limits.
struct YAMLReadingTests {
    private func read(_ text: String) throws -> Document {
        try YAMLSerializer().document(from: Data(text.utf8))
    }

    private func error(reading text: String) -> SerializationError? {
        #expect(throws: SerializationError.self) { try read(text) }
    }

    @Test(
        "Multi-line scalars follow their style, chomping and indentation indicators",
        arguments: [
            // YAML 1.2.2 §8.1: literal, folded, and the indicators.
            ("a: |\n  x\n   y\n\n  z\n", "x\n y\n\nz\n"), ("a: |-\n  x\n", "x"), ("a: |+\n  x\n\n\n", "x\n\n\n"),
            ("a: |2\n    x\n", "  x\n"), ("a: |1-\n  x\n", " x"), ("a: |2-\n\n\n  x", "\n\nx"),
            ("a: >\n  x\n  y\n\n  z\n", "x y\nz\n"),
            ("a: >-\n  x\n    y\n  z\n", "x\n  y\nz"), ("a: >+\n  x\n\n", "x\n\n"), ("a: |\n  x  \n  \n", "x  \n"),
            ("a: |2\n  \tx\n", "\tx\n"), ("a: |\n  # no comment\n", "# no comment\n"), ("a: |\n", ""),
            // §7.3: flow scalars are folded.
            ("a: x\n  y\n\n  z\n", "x y\nz"), ("a: 'x\n  y\n\n  z'\n", "x y\nz"),
            ("a: \"x\\\n  y\\\n  \\ z\"\n", "xy z"),
            ("a: 'it''s'", "it's"),
            (
                "a: \"\\0\\a\\b\\t\\n\\v\\f\\r\\e\\\"\\/\\\\\\N\\_\\L\\P\\x41\\u263A\\U0001F600\"",
                "\0\u{7}\u{8}\t\n\u{B}\u{C}\r\u{1B}\"/\\\u{85}\u{A0}\u{2028}\u{2029}A\u{263A}\u{1F600}"
            ),
            ("a: x: y", ""), ("a: b#c # comment", "b#c"), ("a: \u{1F600} 日本", "\u{1F600} 日本"),
        ]
    )
    func multilineScalars(_ text: String, _ value: String) throws {
        if text == "a: x: y" {
            // A mapping can't begin in the middle of a line.
            #expect(error(reading: text)?.code == .malformed)
        } else {
            #expect(try read(text)["a"] == .string(value))
        }
    }

    @Test("Flow style, comments, a byte order mark, directives and document marks are understood")
    func flowStyle() throws {
        let text = "\u{FEFF}%YAML 1.2\n---\n# comment\n{a: [1, 'b', {c: }], \"d\":2, e, ? f : [], }\n...\n"
        let inner = Document.array([.integer(1), .string("b"), .map([.init("c", .null)])])
        #expect(
            try read(text)
                == .map([.init("a", inner), .init("d", .integer(2)), .init("e", .null), .init("f", .array([]))])
        )
    }

    @Test("Sequences can have the indentation of their key, and can be nested")
    func blockSequences() throws {
        let text = "a:\n- 1\n- - 2\n  - 3\n- b: 4\n  c: 5\n-\n  - 6\n"
        let map = Document.map([.init("b", .integer(4)), .init("c", .integer(5))])
        let elements: [Document] = [.integer(1), .array([.integer(2), .integer(3)]), map, .array([.integer(6)])]
        #expect(try read(text)["a"] == .array(elements))
    }

    @Test("The order of members is kept, and so are duplicates; the last one counts")
    func duplicates() throws {
        let document = try read("b: 1\na: 2\nb: 3\n")
        #expect(document == .map([.init("b", .integer(1)), .init("a", .integer(2)), .init("b", .integer(3))]))
        #expect(document["b"] == .integer(3))
    }

    @Test("The text of a scalar key is the name, regardless of its type as a value")
    func scalarKeys() throws {
        let text = "200: a\ntrue: b\n~: c\n1.50: d\n'': e\n? long\n: f\n<<: {g: 1}\n!!int 7: h\n"
        guard case .map(let members) = try read(text) else { return #expect(Bool(false), "no map") }
        #expect(members.map(\.name) == ["200", "true", "~", "1.50", "", "long", "<<", "7"])
    }

    @Test(
        "Keys that are not scalars are rejected",
        arguments: ["? [a]\n: b", "? {a: b}\n: c", "&a [b]: c", "x: &a [1]\n*a : 2"]
    )
    func otherKeys(_ text: String) {
        let error = error(reading: text)
        #expect(error?.code == .malformed)
        #expect(error?.message.contains("key") == true)
        #expect(error?.position?.line != nil)
    }

    @Test(
        "The standard tags decide the type",
        arguments: [
            ("!!str 12", .string("12")), ("!!str ", .string("")), ("! 12", .string("12")),
            ("!!int \"0x1F\"", .integer(31)),
            ("!!float 1", .float(1)), ("!!float '.inf'", .float(.infinity)), ("!!float 0.10", .number("0.10")),
            ("!!bool 'true'", .bool(true)), ("!!null ''", .null), ("!!binary aGVs bG8=", .bytes(Data("hello".utf8))),
            ("!!binary |\n  aGVs\n  bG8=\n", .bytes(Data("hello".utf8))), ("!!seq [1]", .array([.integer(1)])),
            ("!!map {a: 1}", .map([.init("a", .integer(1))])),
            ("!!set {a, b}", .map([.init("a", .null), .init("b", .null)])),
            ("!!omap [a: 1]", .array([.map([.init("a", .integer(1))])])), ("!<tag:yaml.org,2002:str> 1", .string("1")),
            ("%TAG !y! tag:yaml.org,2002:\n--- !y!int '5'", .integer(5)),
        ] as [(String, Document)]
    )
    func tags(_ text: String, _ value: Document) throws {
        #expect(try read(text) == value)
    }

    @Test(
        "Values that do not fit their tags, and custom tags, are refused",
        arguments: [
            "!!int a", "!!int 1.5", "!!float a", "!!bool yes", "!!null a", "!!binary a*", "!!binary abc",
            "!!timestamp today",
            "!mine 1", "!!python/object/apply:os.system ['true']", "!!seq {a: 1}", "!!map [1]", "!!str [1]", "!!mine 1",
        ]
    )
    func misfits(_ text: String) {
        #expect(error(reading: text)?.code == .malformed)
        #expect(error(reading: "x:\n  - " + text)?.position?.line == 2)
    }

    @Test(
        "Tagged timestamps are dates, in the lenient form of YAML 1.1",
        arguments: [
            ("2001-12-15T02:59:43.1Z", 1_008_385_183.1), ("2001-12-14t21:59:43.10-05:00", 1_008_385_183.1),
            ("2001-12-14 21:59:43.10 -5", 1_008_385_183.1),
            ("2001-12-15 2:59:43.10", 1_008_385_183.1), ("2001-12-15 02:59:43. +00:00", 1_008_385_183),
            ("2002-1-4", 1_010_102_400), ("2002-01-04", 1_010_102_400),
        ]
    )
    func timestamps(_ text: String, _ interval: Double) throws {
        #expect(try read("!!timestamp \(text)") == .date(Date(timeIntervalSince1970: interval)))
        #expect(try read("!!timestamp '\(text)'") == .date(Date(timeIntervalSince1970: interval)))
    }

    @Test("A plain time decodes as text or as a date")
    func plainTimes() throws {
        struct Times: Codable, Equatable {
            var time: String
            var date: Date
        }
        let text = "time: 2026-01-02T03:04:05Z\ndate: 2026-01-02T03:04:05Z\n"
        let times = try YAMLSerializer().decode(Times.self, from: Data(text.utf8))
        #expect(times.time == "2026-01-02T03:04:05Z")
        #expect(times.date == Date(timeIntervalSince1970: 1_767_323_045))
    }

    @Test("Aliases repeat the nodes of their anchors, including keys, and the last anchor with a name counts")
    func aliases() throws {
        let text = "a: &x {b: &y 1}\n*y : 2\nc: [*x, *y]\nd: &y z\ne: *y\n&k key: 3\nf: *k\n"
        let x = Document.map([.init("b", .integer(1))])
        let expected: [Document.Member] = [
            .init("a", x), .init("1", .integer(2)), .init("c", .array([x, .integer(1)])), .init("d", .string("z")),
            .init("e", .string("z")), .init("key", .integer(3)), .init("f", .string("key")),
        ]
        #expect(try read(text) == .map(expected))
    }

    @Test(
        "Aliases without an anchor, and aliases within their own node, are refused",
        arguments: ["a: *b", "&a [*a]", "&a {b: *a}", "&a {*a : 1}"]
    )
    func wrongAliases(_ text: String) {
        let error = error(reading: text)
        #expect(error?.code == .malformed)
        #expect(error?.message.contains("alias") == true)
    }

    @Test("A stream has exactly one document", arguments: ["", "# nothing\n", "---\na\n---\nb\n", "a\n...\nb\n"])
    func otherStreams(_ text: String) {
        #expect(error(reading: text)?.code == .malformed)
    }

    @Test("An empty document is null")
    func emptyDocument() throws {
        #expect(try read("---\n") == .null)
        #expect(try read("---\n...\n") == .null)
    }

    @Test(
        "Errors say line, column and byte",
        arguments: [
            ("a: 1\nb: [1, 2\nc: 3\n", 3, 2), ("é: 1\n日本: @x\n", 2, 9), ("a: \"x\n", 2, 1), ("a:\n\t- b\n", 2, 1),
            ("a: 1\n b: 2\n", 2, 3),
            ("a: \u{1}\n", 1, 4), ("k: !!int x", 1, 4), ("é: *no", 1, 5),
        ]
    )
    func positions(_ text: String, _ line: Int, _ column: Int) throws {
        let position = try #require(error(reading: text)?.position)
        #expect(position.line == line)
        #expect(position.column == column)
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        #expect(position.offset == lines.prefix(line - 1).map { $0.count + 1 }.reduce(0, +) + column - 1)
    }

    @Test(
        "Bytes that are not UTF-8 are rejected with their position",
        arguments: [[0x80], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF, 0xFE, 0x61, 0]]
            as [[UInt8]]
    )
    func notUTF8(_ bytes: [UInt8]) {
        let error = #expect(throws: SerializationError.self) {
            try YAMLSerializer().document(from: Data("a: ".utf8) + bytes)
        }
        #expect(error?.code == .malformed)
        #expect(error?.position?.offset ?? 0 >= 3)
    }

    @Test("The position of a value is found by its path")
    func locations() throws {
        let text = "é: x\nlist:\n  - 1\n  - {a: 2, b: 3}\n  - &n [7]\nlist2: *n\nx: 1\nx: {y: 2}\n"
        let serializer = YAMLSerializer()
        func position(_ path: Document.PathElement...) -> SerializationError.Position? {
            serializer.position(of: path, in: Data(text.utf8))
        }
        #expect(position() == .init(offset: 0, line: 1, column: 1))
        #expect(position(.member("é")) == .init(offset: 4, line: 1, column: 5))
        #expect(position(.member("list"), .index(1), .member("b")) == .init(offset: 32, line: 4, column: 15))
        #expect(position(.member("list"), .index(2), .index(0))?.line == 5)
        #expect(position(.member("list2"), .index(0)) == .init(offset: 53, line: 6, column: 8))
        #expect(position(.member("x"), .member("y"))?.line == 8)
        #expect(position(.member("nothing")) == nil)
        #expect(position(.member("list"), .index(9)) == nil)
        #expect(position(.member("é"), .index(0)) == nil)
    }
}
#endif
