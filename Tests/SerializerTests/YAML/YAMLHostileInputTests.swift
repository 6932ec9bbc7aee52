#if YAML
import FSCacheTesting
import Foundation
import Serializers
import TestSupport
import Testing

/// Reading any text ends soon, with a document or with an error and its position.
struct YAMLHostileInputTests {
    private static let sample = """
        %YAML 1.2
        ---
        # comment
        "key": &anchor {a: [1, -2.5, 0x1F], 'b': *anchor2}
        list: !!seq
          - |2+
             literal é

          - >-
            folded
            日本 😀
          - !!binary aGVsbG8=
          - ? complex
            : "esc\\x41\\u263A"
        again: [*anchor, ~, 2026-01-02]
        ...
        """.replacing("*anchor2", with: "x")

    /// Reads, and expects every error to be a `SerializationError` with a position.
    @discardableResult
    private func read(_ bytes: some Sequence<UInt8>) -> SerializationError? {
        do {
            _ = try YAMLSerializer().document(from: Data(bytes))
            return nil
        } catch let error as SerializationError {
            #expect(error.code == .malformed || error.code == .limitExceeded)
            #expect(error.position?.line != nil)
            return error
        } catch {
            Issue.record("an error of another kind: \(error)")
            return nil
        }
    }

    @Test("A file with many tag directives is refused, because libyaml compares each with all others")
    func manyDirectives() {
        func directives(_ count: Int, _ prefix: String = "") -> String {
            prefix + (0..<count).map { "%TAG !t\($0)! tag:x\n" }.joined() + "---\na: 1\n"
        }
        #expect(read(directives(50).utf8) == nil)
        for prefix in ["", "\u{FEFF}", "# comment\n\n", "%YAML 1.1\r\n", "a: 1\n...\n"] {
            #expect(read(directives(2000, prefix).utf8)?.code == .limitExceeded, "\(prefix)")
        }
        #expect(read(directives(2000).replacing("\n", with: "\r").utf8)?.code == .limitExceeded)
        // These lines are text.
        let text = "a: |\n" + String(repeating: "  %TAG !t! tag:x\n", count: 2000)
        #expect(read(text.utf8) == nil)
    }

    @Test("Every prefix of a file is read or refused")
    func prefixes() {
        let bytes = Array(Self.sample.utf8)
        #expect(read(bytes) == nil)
        for count in bytes.indices { read(bytes.prefix(count)) }
    }

    @Test("A file with any byte changed to any other is read or refused")
    func changedBytes() {
        var bytes = Array(Self.sample.utf8)
        for index in bytes.indices {
            let original = bytes[index]
            for value in UInt8.min...UInt8.max {
                bytes[index] = value
                read(bytes)
            }
            bytes[index] = original
        }
    }

    @Test("Files of random pieces are read or refused", arguments: 1...20 as ClosedRange<UInt64>)
    func randomPieces(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let pieces = [
            "a", ": ", "- ", "? ", "\n", "\n  ", " ", "\t", "[", "]", "{", "}", ",", "&x ", "*x", "!!str ", "!t", "|",
            ">", "|2-", "'", "\"", "\\",
            "#", "%", "---", "...", "@", "1", "~", "\u{85}", "\u{FEFF}", "é", "😀", "\r", "<<", "=",
        ].map { Array($0.utf8) }
        for _ in 0..<400 {
            let count = Int.random(in: 0...30, using: &random)
            read((0..<count).flatMap { _ in pieces.randomElement(using: &random) ?? [] })
        }
    }

    @Test(
        "Nesting of a hundred thousand levels is rejected early",
        arguments: ["[", "{a: ", "- ", "!!seq [", "&a [", "[[],"]
    )
    func deepNesting(_ piece: String) throws {
        let error = try #require(read(String(repeating: piece, count: 100_000).utf8))
        #expect(error.code == .limitExceeded)
    }

    @Test(
        "A hundred thousand beginnings of keys are refused",
        arguments: ["{", "? ", "? - ", "[- ", ": ", "*a ", "&a &b "]
    )
    func manyBeginnings(_ piece: String) throws {
        #expect(try #require(read(String(repeating: piece, count: 100_000).utf8)).code == .malformed)
    }

    @Test("Block nesting by indentation also ends at the limit")
    func deepIndentation() throws {
        let lines = (0..<2000).map { String(repeating: " ", count: $0) + "a:\n" }
        let error = try #require(read(lines.joined().utf8))
        #expect(error.code == .limitExceeded)
        #expect(error.position?.line == Document.maximumDepth + 1)
    }

    @Test("A billion laughs are refused")
    func exponentialAliases() throws {
        var text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
        for level in 1...60 {
            text +=
                "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ") + "]\n"
        }
        let error = try #require(read(text.utf8))
        #expect(error.code == .limitExceeded)
        #expect(error.position != nil)
    }

    @Test("A long text that many aliases repeat is refused", arguments: [10_000, 100_000])
    func quadraticAliases(_ count: Int) throws {
        let text =
            "a: &a " + String(repeating: "x", count: 10 * count) + "\nb:\n" + String(repeating: "- *a\n", count: count)
        let error = try #require(read(text.utf8))
        #expect(error.code == .limitExceeded)
    }

    @Test("Aliases can't nest deeper than anything else")
    func nestedAliases() throws {
        var text = "a0: &a0 " + String(repeating: "[", count: 300) + String(repeating: "]", count: 300) + "\n"
        text += "a1: " + String(repeating: "[", count: 300) + "*a0" + String(repeating: "]", count: 300) + "\n"
        #expect(try #require(read(text.utf8)).code == .limitExceeded)
        var chain = "a0: &a0 []\n"
        for level in 1...600 { chain += "a\(level): &a\(level) [*a\(level - 1)]\n" }
        #expect(try #require(read(chain.utf8)).code == .limitExceeded)
    }

    @Test("A reasonable number of aliases is accepted")
    func honestAliases() throws {
        let text = "a: &a {b: c}\nlist:\n" + String(repeating: "- *a\n", count: 10_000)
        let document = try YAMLSerializer().document(from: Data(text.utf8))
        guard case .array(let elements) = document["list"] else { return #expect(Bool(false), "no list") }
        #expect(elements.count == 10_000)
    }

    @Test(
        "Numbers of any length are read or refused",
        arguments: ["1", "0x1", "0o1", "1.1", "1e1", "-.1", "1e-1", "+1"]
    )
    func hugeNumbers(_ start: String) {
        read((start + String(repeating: "1", count: 200_000)).utf8)
        read((start + String(repeating: "0", count: 200_000) + "\u{1}").utf8)
    }
}
#endif
