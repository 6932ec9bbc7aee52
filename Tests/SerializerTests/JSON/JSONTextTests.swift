import FSCacheTesting
import Foundation
import Serializers
import TestSupport
import Testing

/// JSON text that is kept exactly.
struct JSONTextTests {
    @Test(
        "The layouts of common producers are found, and reproduce the bytes",
        arguments: [
            #"{"a":1,"b":[1,2,{"c":null}],"d":{},"e":[]}"#,
            #"{"a": 1, "b": [1, 2, {"c": null}], "d": {}, "e": []}"#,
            "{\n  \"a\": 1,\n  \"b\": [\n    1,\n    2\n  ],\n  \"d\": {},\n  \"e\": []\n}",
            "{\n  \"a\": 1,\n  \"b\": [\n    1,\n    2\n  ],\n  \"d\": {},\n  \"e\": []\n}\n",
            "{\r\n    \"a\": 1,\r\n    \"b\": [\r\n        1\r\n    ]\r\n}\r\n",
            "{\n\t\"a\": 1,\n\t\"b\": [\n\t\t{\n\t\t\t\"c\": 1\n\t\t},\n\t\t2\n\t]\n}\n",
            "{\n\"a\": 1,\n\"b\": [\n1,\n2\n]\n}",
            "{\n  \"a\" : 1,\n  \"b\" : [ 1, 2, {\n    \"c\" : null\n  } ],\n  \"d\" : { },\n  \"e\" : [ ]\n}",
            "{ \"a\" : [ 1 , 2 ] , \"b\" : { } }", "[ 1, 2 ]", "[\n    1, \n    2\n]", " \n[1]\n\n", "\"a\"", "1\n",
            "  null  ", "[]", "{ }", "[ ]\n",
            "[[],[[]],{},[1]]", "[\n  [\n    [],\n    {}\n  ],\n  1\n]",
            "{\"a\":\"x, y: [1]  {}\\\"\\\\\",\"b\":\"\\u00e9\"}",
            "[{\"a\": 1},\n {\"a\": 2}]",
        ]
    )
    func layoutsOfProducers(_ text: String) throws {
        let kept = try JSONText(Data(text.utf8))
        #expect(kept.data == Data(text.utf8))
        let found = try #require(JSONLayout(of: kept))
        // Convert to another layout and back, and through a file.
        for other in [JSONLayout.compact, .pretty, found] {
            let relaid = try JSONText(kept.laidOut(as: other))
            #expect(try relaid.laidOut(as: found) == Data(text.utf8))
        }
        let stored = try JSONSerializer().encode(found)
        #expect(try JSONSerializer().decode(JSONLayout.self, from: stored) == found)
    }

    @Test(
        "Text that follows no rule has no layout",
        arguments: [
            "[1, 2,3]", "{\"a\":1, \"b\":2,\"c\":3}", "[\n  1,\n  2, 3\n]", "[1,2 ]", "{\"a\": 1,\"b\":2 }",
            "[\n  1\n ]", "[[],[ ]]",
            "{\"a\" :1,\"b\": 2}", "[\n  [\n   1\n  ]\n]", "[\n\n  1\n]", "[1,\n2, 3]",
            "{\n  \"a\": [1, 2],\n  \"b\": [\n    1\n  ]\n}",
        ]
    )
    func irregularTexts(_ text: String) throws {
        #expect(JSONLayout(of: try JSONText(Data(text.utf8))) == nil)
    }

    @Test("Generated JSON in many layouts is reproduced byte for byte", arguments: 1...150 as ClosedRange<UInt64>)
    func generatedTexts(seed: UInt64) throws {
        var generator = DocumentGenerator(seed: seed, kinds: [.numbers, .wideIntegers, .duplicateNames])
        let compact = try JSONText(generator.document(depth: 5))
        for _ in 0..<10 {
            let layout = JSONLayout.random(using: &generator.random)
            let original = try compact.laidOut(as: layout)
            let text = try JSONText(original)
            let found = try #require(JSONLayout(of: text), "\(String(decoding: original, as: UTF8.self))")
            #expect(try text.laidOut(as: found) == original)
            #expect(try text.laidOut(as: .compact) == compact.data)
            let pretty = try JSONText(text.laidOut(as: .pretty))
            #expect(try pretty.laidOut(as: found) == original)
            #expect(try text.document() == compact.document())
        }
    }

    private struct Holder: Codable, Equatable, DocumentReadable {
        struct Body: Codable, Equatable {
            var json: JSONText
            var note: String
        }
        var name: String
        var body: Body
        var list: [Body]
        static let keptMembers = MemberTree(json: [["body", "json"]])
    }

    @Test("JSON text is nested JSON in the file, and is read unchanged")
    func textWithinFiles() throws {
        let original = Data(#"{"z":1.50,"a":[1E+2,"\u00e9\/"],"z":{},"n":-0.0}"#.utf8)
        let text = try JSONText(original)
        let holder = Holder(name: "n", body: .init(json: text, note: "a"), list: [])
        let file = try JSONSerializer().encode(holder)
        #expect(
            String(decoding: file, as: UTF8.self) == #"""
                {
                  "name": "n",
                  "body": {
                    "json": {
                      "z": 1.50,
                      "a": [
                        1E+2,
                        "\u00e9\/"
                      ],
                      "z": {},
                      "n": -0.0
                    },
                    "note": "a"
                  },
                  "list": []
                }

                """#
        )
        let again = try JSONSerializer().read(Holder.self, from: file)
        #expect(again.body.note == "a")
        #expect(try again.body.json.laidOut(as: .compact) == original)
        #expect(again.body.json.data.startIndex == 0)
        #expect(try JSONSerializer().encode(again) == file)
    }

    @Test(
        "If JSON text is not kept, and in other formats, it is made from the tree",
        arguments: SerializerUnderTest.all
    )
    func textOfTrees(_ subject: SerializerUnderTest) throws {
        let text = try JSONText(Data(#"{ "b": [1, 2.5, "x"], "a": {"c": null, "d": true} }"#.utf8))
        let data = try subject.serializer.encode(["text": text])
        let again = try subject.serializer.decode([String: JSONText].self, from: data)
        #expect(again["text"]?.data == Data(#"{"b":[1,2.5,"x"],"a":{"c":null,"d":true}}"#.utf8))
        // A tree is decoded like any other.
        struct Shape: Codable, Equatable {
            struct Inner: Codable, Equatable {
                var c: Int?
                var d: Bool
            }
            var a: Inner
        }
        #expect(
            try subject.serializer.decode([String: Shape].self, from: data) == [
                "text": Shape(a: .init(c: nil, d: true))
            ]
        )
    }

    @Test("JSON text in a tree is decoded by any type")
    func textInTrees() throws {
        struct Kept: Codable, DocumentReadable, Equatable {
            var number: Int
            var list: [String]
            var map: [String: Double]
            var date: Date
            var none: Int?
            static var keptMembers: MemberTree { .init(json: [["number"], ["list"], ["map"], ["date"], ["none"]]) }
        }
        let file = Data(
            #"{"number": 1e2, "list": ["a"], "map": {"x": 1}, "date": "1970-01-01T00:00:00Z", "none": null}"#.utf8
        )
        let expected = Kept(number: 100, list: ["a"], map: ["x": 1], date: Date(timeIntervalSince1970: 0), none: nil)
        #expect(try JSONSerializer().read(Kept.self, from: file) == expected)
    }

    @Test("Kept text is checked like any other, and can't nest deeper")
    func keptTextIsChecked() throws {
        for body in ["{\"a\":01}", "[1,]", "\"\\ud800\"", "nul", ""] {
            let file = Data(#"{"name":"n","body":{"json":\#(body),"note":"a"},"list":[]}"#.utf8)
            let error = #expect(throws: SerializationError.self) {
                try JSONSerializer().read(Holder.self, from: file)
            }
            #expect(error?.code == .malformed)
        }
        func nested(_ depth: Int) -> Data {
            Data((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        let deepest = try JSONText(nested(JSONText.maximumDepth))
        let file = try JSONSerializer().encode(Holder(name: "", body: .init(json: deepest, note: ""), list: []))
        #expect(try JSONSerializer().read(Holder.self, from: file).body.json.laidOut(as: .compact) == deepest.data)
        let error = #expect(throws: SerializationError.self) { try JSONText(nested(JSONText.maximumDepth + 1)) }
        #expect(error?.code == .limitExceeded)
        // Deep in a tree, fewer levels are left.
        let tree = (0..<300).reduce(Document.json(deepest)) { tree, _ in .array([tree]) }
        let treeError = #expect(throws: SerializationError.self) { try JSONSerializer().bytes(of: tree) }
        #expect(treeError?.code == .limitExceeded)
    }

    @Test("A layout from a file can contain only a little whitespace")
    func hostileLayouts() throws {
        for layout in [
            #"{"indent": "x"}"#, #"{"colon": ":1,\"a\":"}"#, #"{"colon": ""}"#, #"{"colon": "::"}"#,
            #"{"arrayComma": ",,"}"#,
            #"{"leading": "1"}"#, #"{"emptyArray": "1"}"#, #"{"newline": "\u2028"}"#,
            #"{"indent": "\#(String(repeating: " ", count: 17))"}"#,
        ] {
            #expect(throws: SerializationError.self) {
                try JSONSerializer().decode(JSONLayout.self, from: Data(layout.utf8))
            }
        }
        var wide = JSONLayout.pretty
        wide.indent = String(repeating: " ", count: 16)
        let deep =
            String(repeating: "[", count: 200) + String(repeating: "1,", count: 50_000) + "1"
            + String(repeating: "]", count: 200)
        let text = try JSONText(Data(deep.utf8))
        let error = #expect(throws: SerializationError.self) { try text.laidOut(as: wide) }
        #expect(error?.code == .limitExceeded)
        // Sixteen levels make each element of two characters twenty times as long.
        let flat = String(repeating: "[", count: 2) + String(repeating: "1,", count: 100_000) + "1]]"
        #expect(throws: SerializationError.self) { try JSONText(Data(flat.utf8)).laidOut(as: wide) }
        // Short texts, and those of usual programs, can have any indentation.
        let short =
            String(repeating: "[", count: 30) + String(repeating: "1,", count: 50) + "1"
            + String(repeating: "]", count: 30)
        #expect(try JSONLayout(of: JSONText(JSONText(Data(short.utf8)).laidOut(as: wide))) != nil)
    }

    @Test("No prefix of a text is read as another, and no changed bit makes it trap")
    func hostileTexts() throws {
        let text = Data(#"{"a":[1,-2.5e3,"x\u00e9\n",true,null],"é":{"b":[{}]}}"#.utf8)
        for count in 0..<text.count {
            #expect(throws: SerializationError.self) { try JSONText(text.prefix(count)) }
        }
        for index in text.indices {
            for bit in 0..<8 {
                var changed = text
                changed[index] ^= 1 << UInt8(bit)
                guard let kept = try? JSONText(changed) else { continue }
                #expect(throws: Never.self) { try kept.document() }
                let layout = JSONLayout(of: kept)
                #expect(try layout.map { try kept.laidOut(as: $0) } ?? changed == changed)
            }
        }
    }
}

extension JSONLayout {
    /// A layout as some program might have it.
    fileprivate static func random(using random: inout SeededGenerator) -> JSONLayout {
        func pick<Value>(_ values: Value...) -> Value { values.randomElement(using: &random) ?? values[0] }
        var layout = JSONLayout.compact
        layout.indent = pick("  ", "    ", "\t", " ", "", "   ")
        layout.newline = pick("\n", "\n", "\r\n")
        layout.colon = pick(":", ": ", " : ", " :")
        layout.leading = pick("", "", " ", "\n")
        layout.trailing = pick("", "\n", "\n\n", "\r\n", " ")
        layout.array.isMultiline = pick(true, false)
        layout.object.isMultiline = pick(true, false)
        layout.array.comma = pick(",", ", ", " , ")
        layout.object.comma = pick(",", ", ", " ,")
        if !layout.array.isMultiline { layout.array.padding = pick("", "", " ") }
        if !layout.object.isMultiline { layout.object.padding = pick("", "", " ") }
        layout.array.empty = pick("", "", " ")
        layout.object.empty = pick("", "", " ")
        return layout
    }
}

extension DocumentReadable where Self: Equatable {
    /// Leaves the value to `Codable`.
    init(usual view: DocumentView) throws {
        throw CancellationError()
    }
}
