import Foundation
import Serializers
import TestSupport
import Testing

/// The layout of JSON files.
struct JSONWritingTests {
    private let serializer = JSONSerializer()

    private func text(_ value: some Encodable) throws -> String {
        String(decoding: try serializer.encode(value), as: UTF8.self)
    }

    @Test("Files are laid out for people")
    func layout() throws {
        let document = Document.map([
            .init("method", .string("GET")),
            .init(
                "headers",
                .array([.map([.init("Content-Type", .string("text/html"))]), .map([.init("X-A", .array([]))])])
            ),
            .init("numbers", .array([.integer(1), .float(2)])),
            .init("one", .array([.integer(1)])),
            .init("deep", .array([.array([.array([.null, .bool(true)])])])),
            .init("empty", .map([])),
            .init("time", .date(Date(timeIntervalSince1970: 1_700_000_000.123))),
            .init("bytes", .bytes(Data([0, 1, 0xFF]))),
            .init("number", .number("1.50")),
        ])
        #expect(
            try text(document) == """
                {
                  "method": "GET",
                  "headers": [
                    {"Content-Type": "text/html"},
                    {"X-A": []}
                  ],
                  "numbers": [
                    1,
                    2.0
                  ],
                  "one": [1],
                  "deep": [
                    [
                      [
                        null,
                        true
                      ]
                    ]
                  ],
                  "empty": {},
                  "time": "2023-11-14T22:13:20.123Z",
                  "bytes": "AAH/",
                  "number": 1.50
                }

                """
        )
    }

    @Test("Strings have the escapes that RFC 8259 requires, and no others")
    func strings() throws {
        #expect(
            try text("\"\\/\u{8}\u{9}\n\u{C}\r\u{0}\u{1F}\u{7F}é😀\u{2028}") == #""\"\\/\b\t\n\f\r\u0000\u001f"#
                + "\u{7F}é😀\u{2028}\"\n"
        )
        #expect(try text(["a\"b": 1]) == "{\"a\\\"b\": 1}\n")
    }

    @Test("Floats have the shortest exact spelling")
    func floats() throws {
        #expect(
            try text([0.1, 1, -0.0, 1e21, 5e-7, 123456.789])
                == "[\n  0.1,\n  1.0,\n  -0.0,\n  1e+21,\n  5e-07,\n  123456.789\n]\n"
        )
    }

    @Test(
        "Invalid numbers are not written",
        arguments: ["", "abc", "1;2", "01", "1 ", " 1", "1,2", "+1", ".5", "NaN", "1e", "-"]
    )
    func badNumbers(_ spelling: String) throws {
        let error = #expect(throws: SerializationError.self) { try serializer.bytes(of: .array([.number(spelling)])) }
        #expect(error?.code == .unrepresentable)
        #expect(error?.path == [.index(0)])
    }

    @Test("Dates that ISO 8601 can't represent are an error with the path")
    func badDates() throws {
        for interval in [1e12, -1e12, .infinity, -.infinity, .nan, 252_455_616_000] {
            let date = Date(timeIntervalSinceReferenceDate: interval)
            let error = #expect(throws: SerializationError.self) { try serializer.encode(["a": date]) }
            #expect(error?.code == .unrepresentable)
            #expect(error?.path == [.member("a")])
        }
    }

    @Test("Python's json reads the same values")
    func pythonReads() async throws {
        // Python sums up what it reads, in a form that is easily made here too.
        let script = """
            import json, sys
            def show(v):
                if v is None: return "null"
                if isinstance(v, bool): return "true" if v else "false"
                if isinstance(v, int): return "i%d" % v
                if isinstance(v, float): return "f" + v.hex()
                if isinstance(v, str): return "s" + v.encode("utf-8").hex()
                if isinstance(v, Pairs): return "{" + ",".join(show(k) + ":" + show(x) for k, x in v.pairs) + "}"
                return "[" + ",".join(map(show, v)) + "]"
            class Pairs:
                def __init__(self, pairs): self.pairs = pairs
            for line in json.load(sys.stdin):
                print(show(json.loads(line, object_pairs_hook=Pairs)))
            """
        let documents = (1...200 as ClosedRange<UInt64>).map { seed in
            var generator = DocumentGenerator(seed: seed, kinds: [.wideIntegers, .duplicateNames])
            return generator.document()
        }
        let lines = try documents.map { String(decoding: try serializer.bytes(of: $0), as: UTF8.self) }
        let output = try await Python.run(script, input: serializer.encode(lines))
        let shown = String(decoding: output, as: UTF8.self).split(separator: "\n")
        #expect(shown.count == documents.count)
        for (document, line) in zip(documents, shown) { #expect(document.shownLikePython == line) }
    }

    @Test("Files of python's json are read as the same values")
    func pythonWrites() async throws {
        let script = """
            import json, sys, random
            random.seed(5)
            def value(depth):
                kind = random.randrange(8 if depth else 6)
                if kind == 0: return None
                if kind == 1: return random.random() < 0.5
                if kind == 2: return random.randrange(-2**100, 2**100)
                if kind == 3: return random.choice([0.1, -0.0, 1e300, 5e-324, random.random(), random.uniform(-1e9, 1e9)])
                if kind in (4, 5): return "".join(chr(random.choice([0, 9, 34, 92, 65, 233, 0x20AC, 0x1F600])) for _ in range(5))
                if kind == 6: return [value(depth - 1) for _ in range(random.randrange(4))]
                return {str(i): value(depth - 1) for i in range(random.randrange(4))}
            values = [value(4) for _ in range(200)]
            styles = [{}, {"indent": 2}, {"indent": 4}, {"indent": "\\t"}, {"separators": (",", ":")}, {"ensure_ascii": False}]
            json.dump([[json.dumps(v, **s) for s in styles] for v in values], sys.stdout)
            """
        let texts = try await serializer.decode([[String]].self, from: Python.run(script))
        #expect(texts.count == 200)
        for styles in texts {
            let documents = try styles.map { try serializer.document(from: Data($0.utf8)) }
            #expect(documents.allSatisfy { $0 == documents[0] })
            // Our spelling reads back as the same value, and JSONText keeps python's spelling.
            #expect(try serializer.document(from: serializer.bytes(of: documents[0])) == documents[0])
            for style in styles {
                let text = try JSONText(Data(style.utf8))
                let layout = try #require(JSONLayout(of: text))
                #expect(try text.laidOut(as: layout) == Data(style.utf8))
            }
        }
    }
}

extension Document {
    /// This document in the form that the python script of the tests prints.
    fileprivate var shownLikePython: String {
        switch self {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .integer(let value): return "i\(value)"
        case .float(let value): return "f\(value.shownLikePython)"
        case .string(let value): return "s" + value.utf8.map { String(format: "%02x", $0) }.joined()
        case .array(let elements): return "[" + elements.map(\.shownLikePython).joined(separator: ",") + "]"
        case .map(let members):
            return "{"
                + members.map { Document.string($0.name).shownLikePython + ":" + $0.value.shownLikePython }
                .joined(separator: ",") + "}"
        case .number, .bytes, .date, .json: return "?"
        }
    }
}
