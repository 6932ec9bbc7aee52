import FSCacheTesting
import Foundation
import Serializers
import TestSupport

/// Makes documents of all shapes, with unusual ones more frequent than by chance.
struct DocumentGenerator {
    /// The kinds of values that a format preserves.
    struct Kinds: OptionSet {
        let rawValue: Int
        static let nonFiniteFloats = Kinds(rawValue: 1)
        static let bytes = Kinds(rawValue: 2)
        static let dates = Kinds(rawValue: 4)
        static let numbers = Kinds(rawValue: 8)
        static let wideIntegers = Kinds(rawValue: 16)
        static let duplicateNames = Kinds(rawValue: 32)
        static let namesWithNUL = Kinds(rawValue: 64)
        static let all: Kinds = [
            .nonFiniteFloats, .bytes, .dates, .numbers, .wideIntegers, .duplicateNames, .namesWithNUL,
        ]
    }

    var random: SeededGenerator
    var kinds: Kinds

    init(seed: UInt64, kinds: Kinds = .all) {
        random = SeededGenerator(seed: seed)
        self.kinds = kinds
    }

    mutating func document(depth: Int = 4) -> Document {
        switch Int.random(in: 0..<(depth > 0 ? 12 : 8), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .integer(integer())
        case 3: return .float(float())
        case 4: return kinds.contains(.bytes) ? .bytes(bytes()) : .string(string())
        case 5: return kinds.contains(.dates) ? .date(date()) : .string(string())
        case 6: return kinds.contains(.numbers) ? .number(number()) : .integer(integer())
        case 7: return .string(string())
        case 8, 9: return .array((0..<count()).map { _ in document(depth: depth - 1) })
        default: return .map(members(depth: depth))
        }
    }

    /// A document that is a map, for formats that need one at the root.
    mutating func map(depth: Int = 4) -> Document {
        .map(members(depth: depth))
    }

    private mutating func members(depth: Int) -> [Document.Member] {
        var members = (0..<count()).map { _ in Document.Member(name(), document(depth: depth - 1)) }
        if !kinds.contains(.duplicateNames) {
            var seen: Set<String> = []
            members = members.filter { seen.insert($0.name).inserted }
        }
        return members
    }

    private mutating func count() -> Int { Int.random(in: 0...5, using: &random) }

    mutating func integer() -> Int128 {
        let bits = Int.random(in: 0...(kinds.contains(.wideIntegers) ? 127 : 63), using: &random)
        let magnitude = Int128.random(in: 0...(bits == 127 ? .max : (1 << bits) - 1), using: &random)
        return Bool.random(using: &random) ? magnitude : -magnitude
    }

    mutating func float() -> Double {
        let odd = [
            0, -0.0, 1, -1, 0.1, .pi, 1e15, 1e16, 1e22, 1e300, .leastNonzeroMagnitude, 65504, 65505, 0x1p-24,
            3.4028234663852886e38,
        ]
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return odd.randomElement(using: &random) ?? 0
        case 1: return Double(Int.random(in: -100_000...100_000, using: &random)) / 1000
        case 2 where kinds.contains(.nonFiniteFloats):
            return Bool.random(using: &random) ? .infinity : -.infinity
        default:
            let value = Double(bitPattern: random.next())
            return value.isFinite ? value : 0.5
        }
    }

    /// A number that neither `Int128` nor `Double` can hold, in the spelling that formats read back.
    mutating func number() -> String {
        let digits = (0..<Int.random(in: 20...60, using: &random)).map { _ in
            Character(Unicode.Scalar(UInt8.random(in: UInt8(ascii: "1")...UInt8(ascii: "9"), using: &random)))
        }
        let sign = Bool.random(using: &random) ? "-" : ""
        switch Int.random(in: 0..<3, using: &random) {
        case 0: return sign + String(digits) + String(repeating: "7", count: 20)
        case 1: return sign + String(digits.prefix(3)) + "." + String(digits.dropFirst(3).prefix(30))
        default: return sign + "\(String(digits))e\(Int.random(in: 400...100_000, using: &random))"
        }
    }

    mutating func string() -> String {
        let odd = [
            "", " ", "null", "true", "no", "~", "1", "1e3", "0o14", "-", "- a", "a: b", "#", "\"", "\\", "/", "\u{0}",
            "\u{1F}", "\u{7F}",
            "\n", "a\nb\n", "\r\n", "\t", "\u{2028}\u{2029}", "é", "e\u{301}", "日本語", "😀", "\u{10FFFF}", "\u{FEFF}",
            "it's", "{}", "[]", "%", "@", "`", "<>&", "2001-01-01", "=", "a longer string with some words, and a comma",
        ]
        return (0..<Int.random(in: 1...2, using: &random)).map { _ in odd.randomElement(using: &random) ?? "" }.joined()
    }

    mutating func name() -> String {
        let name = string()
        return kinds.contains(.namesWithNUL) ? name : name.replacing("\u{0}", with: "0")
    }

    mutating func bytes() -> Data {
        Data((0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: .min ... .max, using: &random) })
    }

    /// A date in the years 0000 to 9999.
    mutating func date() -> Date {
        let seconds = Double(Int.random(in: -63_000_000_000...250_000_000_000, using: &random))
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return Date(timeIntervalSinceReferenceDate: seconds)
        case 1: return Date(timeIntervalSince1970: Double(Int.random(in: 0...4_000_000_000, using: &random)) / 1000)
        case 2: return Date(timeIntervalSinceReferenceDate: Double.random(in: -2...2, using: &random))
        default: return Date(timeIntervalSinceReferenceDate: seconds + Double.random(in: 0..<1, using: &random))
        }
    }
}
