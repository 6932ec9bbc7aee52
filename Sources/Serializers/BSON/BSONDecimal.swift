#if BSON
internal import CBSON

/// A Decimal128 between its text and its bits.
struct BSONDecimal {
    let bits: bson_decimal128_t

    init(_ bits: bson_decimal128_t) { self.bits = bits }

    /// Makes the decimal that a number by the grammar of RFC 8259 §6 is, or fails when it has too many digits or is out of range.
    init?(exactly spelling: String) {
        var bits = bson_decimal128_t()
        guard let number = DecimalNumber(spelling), unsafe bson_decimal128_from_string(spelling, &bits) else {
            return nil
        }
        self.bits = bits
        guard DecimalNumber(text) == number else { return nil }
    }

    /// The decimal as libbson writes it: `12`, `1.50`, `1E+3`, `NaN`.
    private var text: String {
        var bits = bits
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(BSON_DECIMAL128_STRING)) { buffer in
            guard let start = buffer.baseAddress else { return "" }
            unsafe bson_decimal128_to_string(&bits, start)
            return unsafe String(cString: start)
        }
    }

    /// Whether the digits are at most 34 (IEEE 754 §3.5.2): the value is zero otherwise.
    private var isCanonical: Bool {
        let coefficient = UInt128(bits.high & (1 << 49 - 1)) << 64 | UInt128(bits.low)
        // Where both bits after the sign are set, the digits have another form, in which there are always more.
        return bits.high >> 61 & 3 != 3 && coefficient < 10_000_000_000_000_000_000_000_000_000_000_000
    }

    /// What a reader makes of the decimal: an integer when it has no fraction digits.
    var document: Document {
        let text = text
        guard let number = DecimalNumber(text) else {
            return .float(text == "NaN" ? .nan : text.hasPrefix("-") ? -.infinity : .infinity)
        }
        // libbson spells it out, or part of it, when it is just beyond 34 digits.
        guard isCanonical else { return .integer(0) }
        // An exponent above zero is always spelled out; the digits before it may have a point all the same.
        let isWhole = text.contains("E+") || !(text.contains(".") || text.contains("E"))
        let isNegativeZero = number.digits.isEmpty && text.hasPrefix("-")
        guard isWhole, !isNegativeZero, let value = number.integerSpelling(maximumDigits: 39).flatMap({ Int128($0) })
        else { return .number(text) }
        return .integer(value)
    }
}
#endif
