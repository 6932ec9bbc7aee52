import Crypto
import Foundation
import Serializers

/// Valid inputs to mutate: the output of the serializers and stages.
enum Seeds {
    /// Writes a folder of inputs for each target.
    ///
    /// - Parameter folder: The folder that will contain the folders.
    /// - Throws: When they can't be written.
    static func write(to folder: URL) throws {
        for serializer in SerializerRegistry.standard.serializers {
            guard let serializer = serializer as? any DocumentSerializer else { continue }
            for (index, document) in documents.enumerated() {
                // A format may refuse values that it can't represent.
                guard let bytes = accepted({ try serializer.bytes(of: document) }) else { continue }
                try write(bytes, to: folder.appending(path: "\(serializer.name)/\(index)"))
            }
            try write(serializer.encode(probe), to: folder.appending(path: "\(serializer.name)/probe"))
            for (index, text) in (texts[serializer.name] ?? []).enumerated() {
                try write(Data(text.utf8), to: folder.appending(path: "\(serializer.name)/text-\(index)"))
            }
        }
        for (index, text) in (texts["json"] ?? []).enumerated() {
            try write(Data(text.utf8), to: folder.appending(path: "jsontext/\(index)"))
        }
        for (index, stage) in StagesTarget.stages.enumerated() {
            for (number, content) in [Data(), Data("content".utf8), Data(count: 10_000)].enumerated() {
                let bytes = try stage.apply(to: content)
                try write(bytes, to: folder.appending(path: "stages/\(index)-\(number)"))
                try write(bytes + bytes, to: folder.appending(path: "stages/\(index)-\(number)-twice"))
            }
        }
        try writeEntries(to: folder.appending(path: "entry"))
    }

    static func write(_ bytes: Data, to file: URL) throws {
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try bytes.write(to: file)
    }

    private static let scalars: [Document] = [
        .null, .bool(true), .bool(false),
        .integer(0), .integer(-1), .integer(24), .integer(65_536), .integer(Int128(Int64.min)),
        .integer(Int128(UInt64.max)), .integer(.max), .integer(.min),
        .float(0.5), .float(-0.0), .float(1e300), .float(.infinity), .float(.nan), .float(0.1),
        .number("1e400"), .number("0.10"), .number("12345678901234567890123456789012345678901234567890"),
        .string(""), .string("text"), .string("two\nlines\n"), .string("ä€😀\u{0}\u{7f}\u{85}\u{2028}\u{feff}"),
        .string("no"), .string("1e3"), .string("~"), .string(" padded "), .string("- a: b # c"), .string("0x1F"),
        .string("2026-01-02T03:04:05Z"),
        .bytes(Data()), .bytes(Data(0...40)),
        .date(Date(timeIntervalSince1970: 0)), .date(Date(timeIntervalSince1970: -1.5)),
        .date(Date(timeIntervalSince1970: 1_700_000_000.123)),
    ]

    private static let documents: [Document] =
        scalars.map { .map([.init("value", $0)]) } + scalars + [
            .map([]), .array([]), .array([.array([]), .map([]), .array([.map([.init("", .null)])])]),
            .map([.init("same", .integer(1)), .init("same", .integer(2))]),
            .map([.init("list", .array(scalars.filter { if case .float = $0 { false } else { true } }))]),
            .map(["", "no", "1", "a.b", "$ref", "a b", "ä", "? x", "!tag", "&a", "*a"].map { .init($0, .string($0)) }),
            (0..<100).reduce(.null) { inner, _ in .array([inner]) },
            (0..<100).reduce(.null) { inner, _ in .map([.init("in", inner)]) },
        ]

    /// Inputs as people and other programs write them, by format.
    private static let texts = [
        "json": [
            #"{"a":1,"b":[true,false,null],"c":{"d":"\u00e9\ud83d\ude00\n","e":-0.0,"f":1E+2,"a":2}}"#,
            "{\r\n\t\"a\" : [ 1 , 2 ] ,\r\n\t\"b\" : { }\r\n}\r\n",
            "[[], {}, [\n], \"\", 0, 12345678901234567890.0e-5]",
            " \"text\" ",
        ],
        "yaml": [
            "%YAML 1.2\n---\na: &x [1, 2]\nb: *x\nc: !!binary aGk=\n...\n",
            "text: |+\n  one\n\n  two\n\nfolded: >-\n  a\n  b\n\n  c\nlast: 'it''s'\n",
            "{a: [b, {c: d}], \"e\\tf\": ~, ? g : h}\n",
            "- no\n- 0o14\n- 0x1F\n- 1e3\n- .inf\n- 2026-01-02\n- !!timestamp 2026-01-02T03:04:05Z\n- <<: x\n",
            "# comment\n- - - deep\n    - er\n  - \n",
        ],
    ]

    private static let probe = Probe(
        b: true,
        i: -5,
        i8: 127,
        u64: .max,
        i128: 5,
        f: 0.25,
        d: 1e-7,
        n: Decimal(string: "12.34"),
        s: "text",
        x: Data(0..<20),
        t: Date(timeIntervalSince1970: 1_700_000_000),
        id: UUID(uuidString: "12345678-1234-1234-1234-123456789012"),
        url: nil,
        o: [1, nil, 3],
        c: .three(a: "x", b: [true]),
        p: [Probe(c: .one), Probe(c: .two(2))],
        m: ["one": 1, "two": 2],
        k: [1: "one", 2: "two"],
        any: .array([.null, .string("any")]),
        json: nil
    )
}
