// `Float16` is not there on every platform; sixteen bits are few enough to do without.

extension Double {
    /// Makes the value of a half-precision float (RFC 8949 appendix D).
    init(halfBits bits: UInt16) {
        let exponent = Int(bits >> 10 & 0x1F)
        let fraction = Double(bits & 0x3FF)
        let magnitude =
            switch exponent {
            case 0: fraction * 0x1p-24
            case 31: fraction == 0 ? Double.infinity : .nan
            default: (fraction + 1024) * Double(sign: .plus, exponent: exponent - 25, significand: 1)
            }
        self = bits & 0x8000 == 0 ? magnitude : -magnitude
    }

    /// The bits of the half-precision float with this very value, or `nil` when there is none; one NaN stands for all.
    var halfBits: UInt16? {
        if isNaN { return 0x7E00 }
        let sign: UInt16 = self.sign == .minus ? 0x8000 : 0
        if isInfinite { return sign | 0x7C00 }
        if self == 0 { return sign }
        // Numbers below 2⁻¹⁴ are subnormal: they share the smallest exponent and give up digits instead.
        let exponent = max(Int(self.exponent), -14)
        guard exponent <= 15 else { return nil }
        let scaled = abs(self) * Double(sign: .plus, exponent: 10 - exponent, significand: 1)
        guard let fraction = UInt16(exactly: scaled) else { return nil }
        return sign | (fraction < 1024 ? fraction : UInt16(exponent + 15) << 10 | fraction & 0x3FF)
    }
}
