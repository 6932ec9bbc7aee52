import FSCacheTesting
import Foundation
import TestSupport

/// Makes random JSON and text, in which difficult cases are more frequent than by chance.
struct BodyGenerator {
    private var random: SeededGenerator

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    /// Lines of text.
    mutating func text() -> BodySample {
        let ends = ["\n", "\n", "\n", "\r\n", "\r", ""]
        let body = (0..<Int.random(in: 0...8, using: &random)).map { _ in line() + pick(ends) }.joined()
        return .text("generated", body)
    }

    /// A JSON text whose white space follows a rule or not.
    mutating func json() -> BodySample {
        let spaces = pick([[""], [" "], ["", " "], ["", " ", "\n", "\t", "\r\n  "]])
        let text = pick(["", "", " ", "\n"]) + value(depth: 0, spaces) + pick(["", "\n", "\r\n", " \n"])
        return .json("generated", text)
    }

    private mutating func value(depth: Int, _ spaces: [String]) -> String {
        let choice = Int.random(in: 0...(depth < 4 ? 7 : 3), using: &random)
        switch choice {
        case 0: return pick(["true", "false", "null"])
        case 1: return number()
        case 2, 3: return string()
        case 4, 5:
            let elements = (0..<Int.random(in: 0...4, using: &random)).map { _ in value(depth: depth + 1, spaces) }
            return "[" + pick(spaces) + elements.map { $0 + pick(spaces) }.joined(separator: "," + pick(spaces)) + "]"
        default:
            let members = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                string() + pick(spaces) + ":" + pick(spaces) + value(depth: depth + 1, spaces)
            }
            return "{" + pick(spaces) + members.map { $0 + pick(spaces) }.joined(separator: "," + pick(spaces)) + "}"
        }
    }

    private mutating func number() -> String {
        let whole = pick([
            "0", "1", "42", "1000000", "12345678901234567890", "\(UInt64.random(in: 1...UInt64.max, using: &random))",
        ])
        return pick(["", "", "-"]) + whole + pick(["", "", ".0", ".5", ".20", ".001"])
            + pick(["", "", "", "e3", "E-7", "e+16", "e-300", "e400"])
    }

    private mutating func string() -> String {
        let pieces = [
            "a", "no", " ", ": ", " #", "'", #"\""#, #"\\"#, #"\n"#, #"\/"#, #"\u00e9"#, #"\ud83d\ude00"#, "é", "😀",
            #"\u0000"#, "\u{7F}", "\u{2028}", "1", "-", "{", "&",
        ]
        return "\"" + (0..<Int.random(in: 0...5, using: &random)).map { _ in pick(pieces) }.joined() + "\""
    }

    private mutating func line() -> String {
        let pieces = [
            "a", "word", " ", "  ", "\t", ": ", "- ", "# ", "'", "\"", "\\", "---", "...", "é", "😀", "%", "|", ">",
            "\u{1}", "\u{85}",
        ]
        return (0..<Int.random(in: 0...6, using: &random)).map { _ in pick(pieces) }.joined()
    }

    private mutating func pick<Element>(_ choices: [Element]) -> Element {
        choices[Int.random(in: 0..<choices.count, using: &random)]
    }
}
