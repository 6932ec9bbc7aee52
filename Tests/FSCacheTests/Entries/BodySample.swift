import FSCache
import FSCacheTesting
import Foundation
import HTTPTypes
import TestSupport
import Testing

/// A body that is difficult for some format to preserve.
struct BodySample: CustomTestStringConvertible, Sendable {
    let name: String
    let contentType: String
    let bytes: Data

    var testDescription: String { name }

    init(_ name: String, _ contentType: String, _ bytes: Data) {
        self.name = name
        self.contentType = contentType
        self.bytes = bytes
    }

    static func json(_ name: String, _ text: String, type: String = "application/json") -> BodySample {
        BodySample(name, type, Data(text.utf8))
    }

    static func text(_ name: String, _ text: String) -> BodySample {
        BodySample(name, "text/plain; charset=utf-8", Data(text.utf8))
    }

    /// A response with this body.
    var response: TransportResponse {
        TransportResponse(200, [.contentType: contentType, .contentLength: "\(bytes.count)"], body: bytes)
    }

    static let all = jsonTexts + texts + octets

    private static let jsonTexts: [BodySample] = [
        .json("compact", #"{"b":1,"a":[1,2,{"c":null}],"d":true}"#),
        .json("compact with a newline", "{\"a\":[]}\n"),
        .json("pretty", "{\n  \"a\": 1,\n  \"b\": [\n    1,\n    2\n  ],\n  \"c\": {},\n  \"d\": []\n}\n"),
        .json("pretty with tabs and CRLF", "{\r\n\t\"a\": 1,\r\n\t\"b\": {\r\n\t\t\"c\": 2\r\n\t}\r\n}\r\n"),
        .json("spaces after commas", #"{"a": 1, "b": [1, 2, 3], "c": { }}"#),
        .json("spacing without a rule", "{ \"a\" :1,\"b\":  [1,2 ,3]\n\n}"),
        .json("white space around it", " \r\n\t[1]\t \n\n"),
        .json("members in an order of their own", #"{"z":1,"a":2,"m":3,"A":4,"":5}"#),
        .json("duplicate members", #"{"a":1,"a":2,"b":{"a":3,"a":3}}"#),
        .json("spellings of numbers", #"[1.0,1e3,1E3,-0,-0.0,1.20,0.10,1e+2,1e-7,100,1.5e300,1e400,0e0,12e-00]"#),
        .json("prices", #"[{"price":9.90},{"price":10.00},{"price":0.5}]"#),
        .json("numbers that Double can't hold", "[12345678901234567890123,0.12345678901234567890123,1e-400]"),
        .json("escapes", #"["\u0041\u00e9\/\b\f\n\r\t\"\\\u0000\u001F","\ud83d\ude00","é😀\#u{7F}\#u{2028}"]"#),
        .json("a lone surrogate", #"{"a":"\ud800","b":"\udc00\ud800"}"#),
        .json(
            "names that YAML reads otherwise",
            ##"{"no":1,"1":2,"~":3,"<<":4,"y":5,"- x":6,"a: b":7,"#":8,"null":9}"##
        ),
        .json(
            "strings that YAML reads otherwise",
            #"["no","1e3","0o14","~","2026-01-01","","null"," a","a ","|","!!b"]"#
        ),
        .json("strings of several lines", #"{"a":"one\ntwo\n","b":"\n one","c":"x\n\n","d":"\ttab\n"}"#),
        .json("names that BSON can't hold", #"{"a\u0000b":1,"$ref":2,"a.b":3}"#),
        .json("what could be one of our own members", #"{"base64":"AA==","text":"x","json":null,"checksum":"y"}"#),
        .json("a string", #""text""#),
        .json("a number", "1.20"),
        .json("null", "null"),
        .json("an empty object", "{}"),
        .json("nested 256 deep", String(repeating: "[", count: 256) + String(repeating: "]", count: 256)),
        .json(
            "nested 5000 deep",
            String(repeating: "{\"a\":", count: 5000) + "1" + String(repeating: "}", count: 5000)
        ),
        .json("with a byte order mark", "\u{FEFF}{\"a\":1}"),
        .json("no JSON at all", "<html>\n<p>Oops</p>\n</html>\n"),
        .json("cut off", #"{"a":[1,2"#),
        .json("with a comment", "// x\n{\"a\":1}"),
        .json("two texts", "{\"a\":1}\n{\"a\":2}\n", type: "application/x-ndjson"),
        .json("a problem", #"{"title":"No","status":404}"#, type: "application/problem+json; charset=utf-8"),
        .json("of an unusual spelling", #"{"a":1}"#, type: "Application/JSON ;charset=\"UTF-8\""),
        .json("empty", ""),
        .json("white space only", " \n"),
    ]

    private static let texts: [BodySample] = [
        .text("empty", ""),
        .text("one line", "Hello, world"),
        .text("one line with its end", "Hello, world\n"),
        .text("several lines", "one\n  two\n\nthree\n"),
        .text("lines without a last end", "one\ntwo"),
        .text("empty lines at the end", "one\n\n\n"),
        .text("empty lines at the start", "\n\none\n"),
        .text("newlines only", "\n\n\n"),
        .text("CRLF", "one\r\ntwo\r\n"),
        .text("CR alone", "one\rtwo\r"),
        .text("spaces at the ends of lines", "one  \n \ntwo \t\n   "),
        .text("tabs", "\tone\n\t\ttwo\tthree\n"),
        .text("indented first line", "    one\n  two\n"),
        .text("like a YAML document", "---\na: &x !!str b\nc: *x\n...\n%TAG ! x\n"),
        .text("like YAML scalars", "no"),
        .text("like a number", "1.20"),
        .text("like a time", "2026-01-01T00:00:00Z"),
        .text("like base64", "AAECAw=="),
        .text("a comment", "# not a comment\n #neither\n"),
        .text("quotes and backslashes", #"'it''s' "C:\new" \u0041"#),
        .text("characters of all planes", "é ü \u{0301}e\u{301} 漢字 😀 \u{10FFFD}\n"),
        .text("composed and decomposed", "\u{e9}\u{65}\u{301}\u{1100}\u{1161}"),
        .text("invisible characters", "a\u{00A0}\u{200B}\u{FEFF}\u{2028}\u{2029}\u{0085}\u{FFFE}b\n"),
        .text("with a byte order mark", "\u{FEFF}text\n"),
        .text("control characters", "bell\u{7} escape\u{1B}[1m delete\u{7F}\n"),
        .text("NUL", "a\0b\n"),
    ]

    private static let octets: [BodySample] = [
        BodySample("no octets", "application/octet-stream", Data()),
        BodySample("every octet", "image/png", Data((0...255).map { UInt8($0) })),
        BodySample("one octet, not UTF-8", "text/plain", Data([0xFF])),
        BodySample("Latin-1", "text/plain; charset=iso-8859-1", Data([0x63, 0x61, 0x66, 0xE9, 0x0A])),
        BodySample("overlong UTF-8", "text/plain", Data([0xC0, 0x80, 0x61])),
        BodySample("a surrogate as UTF-8", "application/json", Data([0x22, 0xED, 0xA0, 0x80, 0x22])),
        BodySample("UTF-16", "text/plain; charset=utf-16", Data([0xFF, 0xFE, 0x61, 0x00])),
        BodySample("JSON that is not UTF-8", "application/json", Data([0x22, 0xE9, 0x22])),
        BodySample("gzip's magic number", "application/gzip", Data([0x1F, 0x8B, 0x08, 0x00])),
    ]

    /// Bodies that take long.
    static let large = [
        BodySample("a megabyte", "application/octet-stream", megabyte),
        BodySample("a megabyte of JSON", "application/json", megabyteOfJSON),
        BodySample("a line of a megabyte", "text/plain", Data(repeating: UInt8(ascii: "x"), count: 1 << 20)),
    ]

    private static let megabyte: Data = {
        var generator = SeededGenerator(seed: 1)
        return Data((0..<(1 << 20)).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
    }()

    private static let megabyteOfJSON = Data(
        ("[" + (0..<20_000).map { #"{"id":\#($0),"price":\#($0).50,"name":"item \#($0)"}"# }.joined(separator: ",")
            + "]").utf8
    )
}
