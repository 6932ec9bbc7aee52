#if YAML
/// The core schema of YAML 1.2.2 §10.3.2, which defines the values of plain scalars.
enum YAMLCoreSchema {
    /// The value of a plain scalar without a tag.
    ///
    /// - Parameter text: The scalar's content.
    /// - Returns: The value, which is a string by default.
    /// - Throws: ``SerializationError`` with the position.
    static func value(of text: String) throws(SerializationError) -> Document {
        guard let first = text.utf8.first else { return .null }
        return switch first {
        case UInt8(ascii: "~"), UInt8(ascii: "n"), UInt8(ascii: "N"):
            isNull(text) ? .null : .string(text)
        case UInt8(ascii: "t"), UInt8(ascii: "T"), UInt8(ascii: "f"), UInt8(ascii: "F"):
            bool(text).map(Document.bool) ?? .string(text)
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            try number(text) ?? .string(text)
        default:
            .string(text)
        }
    }

    static func isNull(_ text: String) -> Bool {
        switch text {
        case "", "~", "null", "Null", "NULL": true
        default: false
        }
    }

    static func bool(_ text: String) -> Bool? {
        switch text {
        case "true", "True", "TRUE": true
        case "false", "False", "FALSE": false
        default: nil
        }
    }

    /// The number in a scalar, or `nil`.
    static func number(_ text: String) throws(SerializationError) -> Document? {
        if let value = shortNumber(text) { return value }
        if let value = Int128(text) { return .integer(value) }
        if let value = try digits(text, after: "0x", radix: 16) { return .integer(value) }
        if let value = try digits(text, after: "0o", radix: 8) { return .integer(value) }
        switch text {
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .float(.infinity)
        case "-.inf", "-.Inf", "-.INF": return .float(-.infinity)
        case ".nan", ".NaN", ".NAN": return .float(.nan)
        default: return YAMLDecimalSpelling(text)?.value
        }
    }

    /// The number in a short spelling, which nearly all numbers have: digits, or digits around a point.
    private static func shortNumber(_ text: String) -> Document? {
        var text = text
        return text.withUTF8 { shortNumber(unsafe $0.span) }
    }

    private static func shortNumber(_ text: Span<UInt8>) -> Document? {
        guard 1...16 ~= text.count else { return nil }
        let isNegative = text[0] == UInt8(ascii: "-")
        let start = isNegative ? 1 : 0
        var magnitude = 0
        var point: Int?
        for index in start..<text.count {
            if text[index].isDigit {
                magnitude = magnitude * 10 + Int(text[index] - UInt8(ascii: "0"))
            } else if text[index] == UInt8(ascii: "."), point == nil, index > start {
                point = index
            } else {
                return nil
            }
        }
        guard let point else { return start < text.count ? .integer(Int128(isNegative ? -magnitude : magnitude)) : nil }
        // Without zeros at either end, `Double` spells the number this way.
        let fractionDigits = text.count - point - 1
        guard fractionDigits > 0, text[start] != UInt8(ascii: "0"),
            fractionDigits == 1 || text[text.count - 1] != UInt8(ascii: "0")
        else { return nil }
        // Doubles hold fifteen digits and this power of ten exactly, so only the quotient is rounded.
        let value = Double(magnitude) / (0..<fractionDigits).reduce(1.0) { power, _ in power * 10 }
        return .float(isNegative ? -value : value)
    }

    private static func digits(
        _ text: String,
        after prefix: String,
        radix: Int
    ) throws(SerializationError) -> Int128? {
        guard text.hasPrefix(prefix) else { return nil }
        let digits = text.dropFirst(prefix.count)
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isHexDigit && $0.hexDigitValue ?? radix < radix })
        else { return nil }
        guard let value = Int128(digits, radix: radix) else {
            throw SerializationError(
                .limitExceeded,
                "'\(text.prefix(40))…' is a number of more than 127 bits; if it is text, put it in quotes"
            )
        }
        return value
    }

    /// The spelling of a floating-point number that means the same in YAML 1.1 and 1.2.
    ///
    /// Without a point and a signed exponent, YAML 1.1 reads a string. Swift always writes the sign.
    static func spelling(of value: Double) -> String {
        if value.isNaN { return ".nan" }
        if value.isInfinite { return value < 0 ? "-.inf" : ".inf" }
        let text = value.description
        guard let exponent = text.utf8.firstIndex(of: UInt8(ascii: "e")), !text.utf8.contains(UInt8(ascii: "."))
        else { return text }
        return text[..<exponent] + ".0" + text[exponent...]
    }
}

/// A decimal number as YAML spells it: `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?` (YAML 1.2.2 §10.3.2).
struct YAMLDecimalSpelling {
    /// The number by the grammar of RFC 8259 §6, digit for digit.
    let literal: String
    /// The number as both YAML 1.1 and 1.2 read it: with a point and a signed exponent, unless it has neither fraction
    /// nor exponent.
    let portable: String
    /// Whether there is neither a point nor an exponent.
    let isWhole: Bool

    /// Parses a spelling.
    init?(_ text: String) {
        var rest = text.utf8[...]
        let sign = rest.take(atMost: 1, where: \.isSign)
        let whole = rest.take(where: \.isDigit)
        let point = rest.take(atMost: 1) { $0 == UInt8(ascii: ".") }
        let fraction = point.isEmpty ? "" : rest.take(where: \.isDigit)
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        let mark = rest.take(atMost: 1) { $0 | 0x20 == UInt8(ascii: "e") }
        let exponentSign = mark.isEmpty ? "" : rest.take(atMost: 1, where: \.isSign)
        let exponent = mark.isEmpty ? "" : rest.take(where: \.isDigit)
        guard rest.isEmpty, mark.isEmpty == exponent.isEmpty else { return nil }

        isWhole = point.isEmpty && mark.isEmpty
        let start = (sign == "-" ? "-" : "") + (whole.drop { $0 == "0" }.isEmpty ? "0" : whole.drop { $0 == "0" })
        let pointed = start + "." + (fraction.isEmpty ? "0" : fraction)
        literal = (point.isEmpty ? start : pointed) + mark + exponentSign + exponent
        portable =
            isWhole ? start : pointed + mark + (mark.isEmpty || !exponentSign.isEmpty ? exponentSign : "+") + exponent
    }

    /// The value of the number.
    ///
    /// It keeps a spelling that is ``portable`` but that `Double` would change: a price of `9.90` stays `9.90`.
    var value: Document {
        guard !isWhole, let value = Double(literal) else { return .number(literal) }
        let shortest = YAMLCoreSchema.spelling(of: value)
        if shortest == literal { return .float(value) }
        guard literal != portable, value.isFinite, DecimalNumber(shortest) == DecimalNumber(literal) else {
            return .number(literal)
        }
        return .float(value)
    }
}

extension Substring.UTF8View {
    /// Removes and returns the first bytes that meet a condition.
    fileprivate mutating func take(atMost limit: Int? = nil, where condition: (UInt8) -> Bool) -> Substring {
        // An optional limit, because `prefix(_:)` of a substring traps on the largest integer.
        let run = prefix(while: condition)
        let taken = limit.map { run.prefix($0) } ?? run
        self = self[taken.endIndex...]
        return Substring(taken)
    }
}

extension UInt8 {
    fileprivate var isSign: Bool { self == UInt8(ascii: "-") || self == UInt8(ascii: "+") }
}
#endif
