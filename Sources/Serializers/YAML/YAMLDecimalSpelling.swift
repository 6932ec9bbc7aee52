#if YAML
/// A decimal number as YAML spells it: `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?` (YAML 1.2.2 §10.3.2).
struct YAMLDecimalSpelling {
    /// The number by the grammar of RFC 8259 §6, digit for digit.
    let literal: String
    /// The number as YAML 1.1 and 1.2 both read it: with a point and a signed exponent, unless it has neither fraction nor exponent.
    let portable: String
    /// Whether there is neither a point nor an exponent.
    let isWhole: Bool

    /// Takes a spelling apart, or fails.
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

    /// What a reader makes of the number.
    ///
    /// A spelling that ``portable`` could be, and that `Double` would write otherwise, is kept: a price of `9.90` stays one.
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
    /// Removes the bytes at the front that meet a condition, and returns them.
    fileprivate mutating func take(atMost limit: Int? = nil, where condition: (UInt8) -> Bool) -> Substring {
        // Without a limit rather than with the largest integer: `prefix(_:)` of a substring traps on that.
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
