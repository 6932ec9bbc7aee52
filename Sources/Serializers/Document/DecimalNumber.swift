/// A decimal number of any size: `±digits × 10^exponent`, in its shortest form.
///
/// Two numbers with equal values are equal, regardless of their spelling.
struct DecimalNumber: Equatable {
    /// Whether the number is below zero; zero has no sign.
    let isNegative: Bool
    /// The significant digits as ASCII, without zeros at either end; empty for zero.
    let digits: ArraySlice<UInt8>
    /// The power of ten of the last digit.
    let exponent: Int

    /// Reads a spelling by the grammar of RFC 8259 §6, or fails if it is invalid or its exponent doesn't fit in `Int`.
    ///
    /// - Parameter spelling: The number as text.
    init?(_ spelling: String) {
        var rest = Array(spelling.utf8)[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest.removeFirst() }

        let whole = rest.prefix(while: \.isDigit)
        rest.removeFirst(whole.count)
        guard !whole.isEmpty, whole.count == 1 || whole.first != UInt8(ascii: "0") else { return nil }

        var fraction: ArraySlice<UInt8> = []
        if rest.first == UInt8(ascii: ".") {
            fraction = rest.dropFirst().prefix(while: \.isDigit)
            guard !fraction.isEmpty else { return nil }
            rest.removeFirst(1 + fraction.count)
        }

        var exponent = 0
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            guard let last = rest.last, last.isDigit,
                let value = Int(String(decoding: rest.dropFirst(), as: UTF8.self))
            else { return nil }
            exponent = value
            rest = []
        }
        guard rest.isEmpty else { return nil }

        self.init(isNegative: isNegative, digits: whole + fraction, exponent: exponent, fractionDigits: fraction.count)
    }

    private init?(isNegative: Bool, digits: ArraySlice<UInt8>, exponent: Int, fractionDigits: Int) {
        let zero = UInt8(ascii: "0")
        var digits = digits.drop { $0 == zero }
        var trailingZeros = 0
        while digits.last == zero {
            digits.removeLast()
            trailingZeros += 1
        }
        let (sum, overflow) = exponent.addingReportingOverflow(trailingZeros - fractionDigits)
        guard !overflow else { return nil }
        self.isNegative = isNegative && !digits.isEmpty
        self.digits = digits
        self.exponent = digits.isEmpty ? 0 : sum
    }

    /// The digits of the number if it is whole and has at most some number of digits, otherwise `nil`.
    func integerSpelling(maximumDigits: Int) -> String? {
        guard !digits.isEmpty else { return "0" }
        guard exponent >= 0, exponent <= maximumDigits, digits.count + exponent <= maximumDigits else { return nil }
        return (isNegative ? "-" : "") + String(decoding: digits, as: UTF8.self)
            + String(repeating: "0", count: exponent)
    }
}
