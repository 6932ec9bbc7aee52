#if YAML
import Foundation
import Serializers
import Testing

/// Plain scalars by the core schema (YAML 1.2.2 §10.3.2).
struct YAMLCoreSchemaTests {
    private func read(_ text: String) throws -> Document {
        try YAMLSerializer().document(from: Data(text.utf8))
    }

    @Test("The core schema has five spellings of null", arguments: ["a: ", "a: ~", "a: null", "a: Null", "a: NULL"])
    func nulls(_ text: String) throws {
        #expect(try read(text) == .map([.init("a", .null)]))
    }

    @Test(
        "The core schema has three spellings of each Boolean",
        arguments: [
            ("true", true), ("True", true), ("TRUE", true), ("false", false), ("False", false), ("FALSE", false),
        ]
    )
    func booleans(_ text: String, _ value: Bool) throws {
        #expect(try read(text) == .bool(value))
    }

    @Test(
        "Scalars that are special only in YAML 1.1 are strings",
        arguments: [
            "no", "No", "NO", "n", "yes", "y", "on", "off", "tRUE", "nULL", "0b101", "1_000", "1:20", "190:20:30",
            "0o8",
            "0xG", "0x", "0o", "-0x10", "+0o7", "0X1F", "0O7", "1e", "e3", "1.2.3", ".", "..", "+", "-x", "-.", "+.e3",
            ".e3",
            "1 2", "inf", "nan", "-.nan", ".iNF", "=", "<<", "2026-01-02", "2026-01-02T03:04:05Z", "1,000", "٣",
        ]
    )
    func strings(_ text: String) throws {
        #expect(try read("a: \(text)")["a"] == .string(text))
    }

    @Test(
        "Integers are decimal, octal and hexadecimal",
        arguments: [
            ("0", 0), ("-0", 0), ("12", 12), ("+12", 12), ("-12", -12), ("012", 12), ("0o14", 12), ("0o0", 0),
            ("0xC", 12),
            ("0xdeadBEEF", 0xDEAD_BEEF), ("170141183460469231731687303715884105727", .max),
            ("-170141183460469231731687303715884105728", .min), ("0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", .max),
        ] as [(String, Int128)]
    )
    func integers(_ text: String, _ value: Int128) throws {
        #expect(try read(text) == .integer(value))
    }

    @Test(
        "Floating point numbers need no point and no sign",
        arguments: [
            ("1e3", 1000), ("1E3", 1000), ("1.5e3", 1500), ("-1e-3", -0.001), ("0.1", 0.1), (".5", 0.5), ("-.5", -0.5),
            ("5.", 5),
            ("+1.5", 1.5), ("01.5", 1.5), ("1.0e+16", 1e16), ("1e23", 1e23), (".inf", .infinity), (".Inf", .infinity),
            ("+.INF", .infinity), ("-.inf", -.infinity), ("-.INF", -.infinity), ("5e-324", .leastNonzeroMagnitude),
        ]
    )
    func floats(_ text: String, _ value: Double) throws {
        #expect(try read(text) == .float(value))
    }

    @Test("Not a number has three spellings", arguments: [".nan", ".NaN", ".NAN"])
    func notANumber(_ text: String) throws {
        guard case .float(let value) = try read(text) else { return #expect(Bool(false), "no float") }
        #expect(value.isNaN)
    }

    @Test("Negative zero keeps its sign as a floating point number")
    func negativeZero() throws {
        guard case .float(let value) = try read("-0.0") else { return #expect(Bool(false), "no float") }
        #expect(value.sign == .minus && value == 0)
    }

    @Test(
        "A number keeps the digits that Double would lose or spell differently",
        arguments: [
            ("9.90", "9.90"), ("1.0e+3", "1.0e+3"), ("3.14159265358979323846", "3.14159265358979323846"),
            ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"), ("1e400", "1e400"),
            ("-1.e-400", "-1.0e-400"),
            ("170141183460469231731687303715884105728", "170141183460469231731687303715884105728"),
            ("+00170141183460469231731687303715884105728", "170141183460469231731687303715884105728"),
            ("1e99999999999999999999", "1e99999999999999999999"),
        ]
    )
    func numbers(_ text: String, _ literal: String) throws {
        #expect(try read(text) == .number(literal))
    }

    @Test("A number of a million digits is read in linear time, as digits")
    func longNumber() throws {
        let digits = String(repeating: "7", count: 1_000_000)
        #expect(try read(digits) == .number(digits))
    }

    @Test("A hexadecimal number of more than 127 bits is refused: it might be a digest", arguments: ["0x8", "0xF"])
    func wideHexadecimal(_ start: String) throws {
        let error = #expect(throws: SerializationError.self) {
            try read("a: \(start)" + String(repeating: "0", count: 31))
        }
        #expect(error?.code == .limitExceeded)
        #expect(error?.position?.column == 4)
    }

    @Test("Quoted and block scalars are strings", arguments: ["'12'", "\"true\"", "|-\n  null", ">-\n  1.5"])
    func quotedScalars(_ text: String) throws {
        guard case .string = try read(text) else { return #expect(Bool(false), "no string") }
    }
}
#endif
