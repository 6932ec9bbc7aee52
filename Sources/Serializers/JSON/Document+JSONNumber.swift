extension Document {
    /// Makes a number of its spelling, by the grammar of RFC 8259 §6.
    ///
    /// `Double` is taken when its own shortest spelling is the same decimal number, which fifteen digits always are; what has more
    /// digits than a `Double` can tell apart, or is beyond its range, keeps its spelling.
    init(jsonNumber text: Span<UInt8>, isWhole: Bool) {
        if isWhole, let value = Int128(jsonNumber: text) {
            self = .integer(value)
            return
        }
        let spelling = text.string
        guard let value = Double(spelling), value.isFinite else {
            self = .number(spelling)
            return
        }
        let isShort = text.count <= 15 && !spelling.utf8.contains { $0 | 0x20 == UInt8(ascii: "e") }
        let isExact = isShort || DecimalNumber("\(value)") == DecimalNumber(spelling)
        self = isExact ? .float(value) : .number(spelling)
    }
}

extension Int128 {
    /// Makes a number of checked digits, or fails when there are too many; also for `-0`, whose sign only a `Double` keeps.
    fileprivate init?(jsonNumber text: Span<UInt8>) {
        let isNegative = text[0] == UInt8(ascii: "-")
        let firstDigit = isNegative ? 1 : 0
        if isNegative, text[firstDigit] == UInt8(ascii: "0") { return nil }
        if text.count - firstDigit <= 18 {
            var value: Int64 = 0
            for index in firstDigit..<text.count { value = value * 10 + Int64(text[index] - UInt8(ascii: "0")) }
            self.init(isNegative ? -value : value)
        } else if text.count <= 40 {
            self.init(text.string)
        } else {
            return nil
        }
    }
}
