extension Double {
    /// `float.hex()`: an exact spelling that does not depend on how decimals are read.
    var shownLikePython: String {
        let sign = self.sign == .minus ? "-" : ""
        if isNaN { return "nan" }
        if isInfinite { return "\(sign)inf" }
        if self == 0 { return "\(sign)0x0.0p+0" }
        let fraction = significandBitPattern
        let digits = String(fraction, radix: 16)
        let padded = String(repeating: "0", count: 13 - digits.count) + digits
        let power = isNormal ? Int(exponent) : -1022
        return "\(sign)0x\(isNormal ? 1 : 0).\(padded)p\(power < 0 ? "-" : "+")\(abs(power))"
    }
}
