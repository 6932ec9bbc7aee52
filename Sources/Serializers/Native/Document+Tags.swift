import Foundation

extension Document {
    /// Makes what a tagged item stands for, or fails when the tag can't be on such an item.
    ///
    /// Tags without a reading here leave the item as it is.
    init?(tag: UInt64, content: Document) {
        switch (tag, content) {
        case (0, .string(let text)):
            guard let date = Date(iso8601: text) else { return nil }
            self = .date(date)
        case (1, .integer(let seconds)):
            guard let seconds = Int64(exactly: seconds) else { return nil }
            self = .date(Date(secondsSince1970: seconds))
        case (1, .float(let seconds)):
            self = .date(Date(secondsSince1970: seconds))
        case (2, .bytes(let magnitude)):
            self.init(Bignum(bytes: magnitude.span), isNegative: false)
        case (3, .bytes(let magnitude)):
            var number = Bignum(bytes: magnitude.span)
            number.increment()
            self.init(number, isNegative: true)
        case (4, .array(let parts)):
            self.init(decimalFraction: parts)
        case (37, .bytes(let bytes)) where bytes.count == 16:
            self = .string(UUID.spelling(of: bytes))
        case (0...4, _):
            return nil
        default:
            self = content
        }
    }

    private init(_ magnitude: Bignum, isNegative: Bool) {
        if let value = magnitude.int128 {
            self = .integer(isNegative ? -value : value)
        } else {
            let spelling = (isNegative ? "-" : "") + magnitude.digits
            self = Int128(spelling).map(Document.integer) ?? .number(spelling)
        }
    }

    /// Makes a number of an exponent of ten and a whole number (RFC 8949 §3.4.4).
    private init?(decimalFraction parts: [Document]) {
        guard parts.count == 2, case .integer(let exponent) = parts[0], let exponent = Int(exactly: exponent) else {
            return nil
        }
        switch parts[1] {
        case .integer(let value): self = .number(Self.spelling(of: String(value), exponent: exponent))
        // A bignum, and not another decimal fraction.
        case .number(let digits) where digits.utf8.allSatisfy({ $0.isDigit || $0 == UInt8(ascii: "-") }):
            self = .number(Self.spelling(of: digits, exponent: exponent))
        default: return nil
        }
    }

    private static func spelling(of digits: String, exponent: Int) -> String {
        // Not spelled whole, because it would be written as an integer then.
        if exponent == 0 { return "\(digits).0" }
        guard exponent < 0, exponent >= -40 else { return "\(digits)e\(exponent)" }
        let sign = digits.hasPrefix("-") ? "-" : ""
        let magnitude = digits.dropFirst(sign.count)
        let padded = String(repeating: "0", count: max(0, 1 - exponent - magnitude.count)) + magnitude
        return "\(sign)\(padded.dropLast(-exponent)).\(padded.suffix(-exponent))"
    }
}

extension UUID {
    /// The spelling of sixteen bytes, as `uuidString` has it.
    fileprivate static func spelling(of bytes: Data) -> String {
        let bytes = Array(bytes)
        return [bytes[..<4], bytes[4..<6], bytes[6..<8], bytes[8..<10], bytes[10...]]
            .map { String(hexadecimal: $0, uppercase: true) }
            .joined(separator: "-")
    }
}
