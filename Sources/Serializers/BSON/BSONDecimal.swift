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

    /// What a reader makes of the decimal: an integer when it has no fraction digits.
    var document: Document {
        let text = text
        guard let number = DecimalNumber(text) else {
            return .float(text == "NaN" ? .nan : text.hasPrefix("-") ? -.infinity : .infinity)
        }
        // IEEE 754 §3.5.2: what is not canonical is zero. libbson spells it out when it is just beyond 34 digits.
        guard number.digits.count <= 34 else { return .integer(0) }
        // An exponent above zero is always spelled out; the digits before it may have a point all the same.
        let isWhole = text.contains("E+") || !(text.contains(".") || text.contains("E"))
        let isNegativeZero = number.digits.isEmpty && text.hasPrefix("-")
        guard isWhole, !isNegativeZero, let value = number.integerSpelling(maximumDigits: 39).flatMap({ Int128($0) })
        else { return .number(text) }
        return .integer(value)
    }
}
#endif
