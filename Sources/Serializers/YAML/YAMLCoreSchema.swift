#if YAML
/// What plain scalars mean: the core schema of YAML 1.2.2 §10.3.2.
enum YAMLCoreSchema {
    /// The value of a plain scalar without a tag.
    ///
    /// - Parameter text: The scalar's content.
    /// - Returns: The value, which is a string when the text is nothing else.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/limitExceeded`` for hexadecimal and octal numbers of more than 127 bits.
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

    /// The number that a scalar is, or `nil` when it is none.
    static func number(_ text: String) throws(SerializationError) -> Document? {
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

    /// How a floating point number is written so that YAML 1.1 and 1.2 read it alike.
    ///
    /// YAML 1.1 takes numbers without a point or without the sign of the exponent for strings; Swift always writes that sign.
    static func spelling(of value: Double) -> String {
        if value.isNaN { return ".nan" }
        if value.isInfinite { return value < 0 ? "-.inf" : ".inf" }
        let text = value.description
        guard let exponent = text.utf8.firstIndex(of: UInt8(ascii: "e")), !text.utf8.contains(UInt8(ascii: "."))
        else { return text }
        return text[..<exponent] + ".0" + text[exponent...]
    }
}
#endif
