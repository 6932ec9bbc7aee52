import Foundation
import HTTPTypes
import Serializers
import TestSupport
import Testing

@testable import FSCache

@Suite("Files that people and tools touch")
struct TouchedFileTests {
    /// Values that some version of YAML reads as something other than text.
    private static let spellings = [
        "02142", "2142", "yes", "no", "on", "true", "1.0", "1.50", "2026-01-01", "2026-01-01T00:00:00Z", "~", "null",
        "0x1F", "0o17", "1e3", "1_000", "+1", ".5", ".inf", ".nan", "12:30:45", "-0",
        "0x" + String(repeating: "F", count: 40),
    ]

    private static func read(_ file: some StringProtocol, _ fileExtension: String) throws -> StoredResponse {
        try read(Data(file.utf8), fileExtension)
    }

    private static func read(_ file: Data, _ fileExtension: String) throws -> StoredResponse {
        try ResponseCache.decode(EncodedEntry(bytes: file, fileExtension: fileExtension))
    }

    private static func text(_ response: StoredResponse, _ format: FormatUnderTest) throws -> String {
        String(decoding: try response.encoded(with: format.serializer, for: .sample), as: UTF8.self)
    }

    /// A response with a body, also in its request, and with fields whose values are easily mistaken.
    private static func response(_ sample: BodySample) -> StoredResponse {
        var response = StoredResponse.sample(sample)
        response.request.body = sample.bytes
        response.request.headerFields[.contentType] = sample.contentType
        response.status = .init(code: 200, reasonPhrase: "0x1F")
        let values =
            spellings + [
                "", "a: b", "# x", "- x", "'q'", "\"q\"", "é😀", "a\tb",
                String(repeating: "long value ", count: 30) + "x",
            ]
        for value in values { response.headerFields.append(HTTPField(name: .server, value: value)) }
        response.headerFields.append(HTTPField(name: .server, value: Data([0x62, 0xE9])))
        return response
    }

    /// Bodies with everything that editors normalize.
    private static let samples =
        BodySample.all + [
            .text("tabs at the ends of lines", "a\t\nb\t\t\n\t"),
            .text("white space of Unicode", "a\u{A0}\nb\u{3000}\n\u{2003}"),
            .text("a line that ends in white space of Unicode", "line\u{3000}"),
            .json(
                "a value that ends in white space of Unicode",
                "{\"name\":\"abc\u{2003}\",\"b\u{A0}\":\"c\u{1680}\"}"
            ),
            .text("blank lines only", "  \n\t\n"), .text("a blank line in the middle", "  a\n  \n b\n"),
            .text("backslashes and blanks", "a\\ \n \\\n\"\n"), .text("two ends", "a\nb\n\n"),
            .json("blanks in strings", #"{"a \n":"x \ny\t\n","b":["\n\n","  x \n  y"],"c":"é\u3000\n\r\n"}"#),
        ]

    #if YAML
    private static let yaml = FormatUnderTest(serializer: .yaml)

    @Test("Text without quotes is taken as it is spelled in YAML", arguments: spellings)
    func spelledText(_ spelled: String) throws {
        var response = StoredResponse.sample(.text("", "SLOT"))
        response.status = .init(code: 200, reasonPhrase: "SLOT")
        response.headerFields.append(HTTPField(name: .server, value: "SLOT"))
        response.request.headerFields.append(HTTPField(name: .server, value: "SLOT"))
        response.request.url = "SLOT"
        response.request.body = Data("SLOT".utf8)
        let method = HTTPRequest.Method(spelled) ?? .get
        let file = try Self.text(response, Self.yaml).replacing("SLOT", with: spelled)
            .replacing("method: GET", with: "method: \(method.rawValue)")
        let read = try Self.read(file, "yaml")
        #expect(read.status.reasonPhrase == spelled)
        #expect(read.headerFields[.server] == spelled)
        #expect(read.body == Data(spelled.utf8))
        #expect(read.request.headerFields[.server] == spelled)
        #expect(read.request.url == spelled)
        #expect(read.request.body == Data(spelled.utf8))
        #expect(read.request.method == method)
    }

    @Test("An alias is text where only text is expected, and a number elsewhere")
    func spelledAliases() throws {
        var response = StoredResponse.sample(.text("", "SLOT"))
        response.request.headerFields[.accept] = "SLOT"
        for _ in 0..<2 { response.headerFields.append(HTTPField(name: .server, value: "SLOT")) }
        let file = try Self.text(response, Self.yaml)
            .replacing("Accept: SLOT", with: "Accept: &a 0404").replacing("status: 200", with: "status: &b 404")
            .replacing("Server: SLOT\n  - Server: SLOT", with: "Server: *a\n  - Server: *b")
            .replacing("text: SLOT", with: "text: *a")
        let read = try Self.read(file, "yaml")
        #expect(read.status.code == 404)
        #expect(read.request.headerFields[.accept] == "0404")
        #expect(read.headerFields[values: .server] == ["0404", "404"])
        #expect(read.body == Data("0404".utf8))
        #expect(
            try Self.read(file.replacing("status: &b 404", with: "status: *a").replacing("*b", with: "*a"), "yaml")
                .status.code == 404
        )
    }

    @Test("Empty text needs no quotes")
    func emptyText() throws {
        let file = try Self.text(.sample(.text("", "SLOT")), Self.yaml).replacing("text: SLOT", with: "text:")
        #expect(try Self.read(file, "yaml").body.isEmpty)
    }

    @Test("An entry that PyYAML has loaded and dumped is the same")
    func dumpedByPython() async throws {
        // Nested JSON has members that PyYAML sorts, and numbers that it spells anew.
        let all = try Self.samples.map { try Self.text(Self.response($0), Self.yaml) }
        let files = zip(Self.samples, all).filter { !$1.contains("\n  json:") && !$1.contains("\n    json:") }
        #expect(files.count > 30)
        let script = """
            import base64, json, sys, yaml
            styles = [{}, {"sort_keys": False, "allow_unicode": True, "width": 30, "line_break": "\\r\\n"},
                      {"default_flow_style": True}]
            for file in json.load(sys.stdin):
                entry = yaml.safe_load(base64.b64decode(file))
                dumped = [yaml.safe_dump(entry, **style).encode() for style in styles]
                print(json.dumps([base64.b64encode(file).decode() for file in dumped]))
            """
        let input = try JSONEncoder().encode(files.map { Data($0.1.utf8).base64EncodedString() })
        let lines = try await Python.run(script, input: input).split(separator: UInt8(ascii: "\n"))
        try #require(lines.count == files.count)
        for (line, (sample, _)) in zip(lines, files) {
            for dumped in try JSONDecoder().decode([Data].self, from: line) {
                let file = String(decoding: dumped, as: UTF8.self)
                #expect(throws: Never.self, "\(sample.name): \(file)") {
                    let read = try Self.read(dumped, "yaml")
                    #expect(read == Self.response(sample), "\(sample.name): \(file)")
                    #expect(read.status.reasonPhrase == "0x1F")
                }
            }
        }
    }
    #endif

    @Test("A number in a field of a JSON entry keeps its spelling", arguments: ["1.50", "60", "-0", "1E2", "0.10"])
    func spelledNumber(_ spelled: String) throws {
        var response = StoredResponse.sample(.text("", "x"))
        response.headerFields[.server] = "SLOT"
        let file = try Self.text(response, .json).replacing("\"SLOT\"", with: spelled)
        #expect(try Self.read(file, "json").headerFields[.server] == spelled)
    }

    // MARK: Editors and hooks

    private struct Touch: Sendable {
        let name: String
        let apply: @Sendable (String.UnicodeScalarView) -> String.UnicodeScalarView
    }

    private static func trimming(
        _ file: String.UnicodeScalarView,
        _ isBlank: (Unicode.Scalar) -> Bool
    ) -> String.UnicodeScalarView {
        let lines = file.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            var line = line
            while let last = line.last, isBlank(last) { line.removeLast() }
            return line
        }
        return String.UnicodeScalarView(lines.joined(separator: ["\n"]))
    }

    private static func strippingEnd(_ file: String.UnicodeScalarView) -> String.UnicodeScalarView {
        var file = file
        while file.last == "\n" { file.removeLast() }
        return file
    }

    private static func withCRLF(_ file: String.UnicodeScalarView) -> String.UnicodeScalarView {
        String.UnicodeScalarView(file.flatMap { $0 == "\n" ? ["\r", "\n"] : [$0] })
    }

    private static let touches = [
        Touch(name: "sed 's/[ \\t]*$//'") { trimming($0) { $0 == " " || $0 == "\t" } },
        Touch(name: "no white space at the ends of lines") { trimming($0) { $0.properties.isWhitespace } },
        Touch(name: "no final newline") { strippingEnd($0) },
        Touch(name: "more final newlines") { $0 + ["\n", "\n", "\n"] },
        Touch(name: "CRLF") { withCRLF($0) },
        Touch(name: "a byte order mark") { ["\u{FEFF}"] + $0 },
        Touch(name: "all without an end") {
            ["\u{FEFF}"] + withCRLF(strippingEnd(trimming($0) { $0.properties.isWhitespace }))
        },
        Touch(name: "all with more ends") {
            ["\u{FEFF}"] + withCRLF(trimming($0) { $0.properties.isWhitespace } + ["\n", "\n"])
        },
    ]

    @Test(
        "An entry that an editor has normalized has the recorded bytes, and is not edited",
        arguments: FormatUnderTest.readable
    )
    func normalized(format: FormatUnderTest) throws {
        for sample in Self.samples {
            let response = Self.response(sample)
            let written = try Self.text(response, format).unicodeScalars
            for touch in Self.touches {
                #expect(throws: Never.self, "\(sample.name), \(touch.name)") {
                    let read = try Self.read(String(touch.apply(written)), format.fileExtension)
                    #expect(read == response, "\(sample.name), \(touch.name)")
                    #expect(!read.isEdited)
                }
            }
        }
    }

    @Test("An error in a JSON entry with a byte order mark has a position")
    func positionAfterMark() throws {
        let file =
            "\u{FEFF}"
            + (try Self.text(.sample(.text("", "x")), .json)).replacing("\"status\": 200", with: "\"status\": 9999")
        let error = #expect(throws: EntryError.self) { try Self.read(file, "json") }
        let line = file.split(separator: "\n").firstIndex { $0.contains("9999") }
        #expect(error?.position?.line == line.map { $0 + 1 }, "\(String(describing: error))")
    }

    @Test(
        "Times have every form that the guide on files promises",
        arguments: FormatUnderTest.readable,
        [
            ("2026-06-01T02:00:00.25+0200", 1_780_272_000.25), ("2026-06-01T02:00:00+02:00", 1_780_272_000),
            ("2026-06-01T02:00:00+02", 1_780_272_000), ("2026-05-31T21:30-0230", 1_780_272_000),
            ("2026-06-01T00:00Z", 1_780_272_000), ("2026-06-01T00:00", 1_780_272_000), ("2026-06-01", 1_780_272_000),
            ("2026-06-01 00:00:00", 1_780_272_000), ("2026-06-01t00:00:00z", 1_780_272_000),
            ("2026-06-01T00:00:00,5Z", 1_780_272_000.5), ("2026-06-01T12:00:00", 1_780_315_200),
        ]
    )
    func times(format: FormatUnderTest, time: (String, TimeInterval)) throws {
        var response = StoredResponse.sample(.text("", "x"))
        response.expires = nil
        let file = try Self.text(response, format).replacing("\"never\"", with: "\"\(time.0)\"")
            .replacing("never", with: time.0)
        #expect(try Self.read(file, format.fileExtension).expires == Date(timeIntervalSince1970: time.1))
    }

    @Test(
        "Other times are refused",
        arguments: FormatUnderTest.readable,
        [
            "2026-06-01T", "2026-06-01T10", "2026-06-01T10:", "2026-06-01T10:30:", "2026-06-01T10:30.5", "2026-06-01Z",
            "2026-06-01T10:30+1", "2026-06-01T10:30+01:", "2026-06-01T10:30+010", "2026-06-01T10:30+01000", "20260601",
            "2026-W23", "2026-06", "2026-13-01", "2026-06-31", "2026-06-01T24:00", "2026-06-01T10:60", "10:30",
        ]
    )
    func invalidTimes(format: FormatUnderTest, time: String) throws {
        var response = StoredResponse.sample(.text("", "x"))
        response.expires = nil
        let file = try Self.text(response, format).replacing("\"never\"", with: "\"\(time)\"")
            .replacing("never", with: time)
        #expect(throws: (any Error).self) { try Self.read(file, format.fileExtension) }
    }
}
