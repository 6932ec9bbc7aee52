#if BSON
internal import CBSON
import Foundation

/// How a date is written in BSON.
enum BSONDate {
    /// A UTC datetime: milliseconds since 1970.
    case milliseconds(Int64)
    /// ISO 8601, for finer dates and for years that drivers can't read.
    case text(String)

    /// The years 1 to 9999.
    private static let readable: Range<Int64> = -62_135_596_800_000..<253_402_300_800_000

    /// Chooses an exact form for a date, or fails.
    init?(_ date: Date) {
        let milliseconds = date.bsonMilliseconds
        if let milliseconds, Self.readable.contains(milliseconds) {
            self = .milliseconds(milliseconds)
        } else if let text = date.iso8601 {
            self = .text(text)
        } else if let milliseconds {
            self = .milliseconds(milliseconds)
        } else {
            return nil
        }
    }
}

extension Date {
    /// Makes the date some milliseconds after 1970, equal to that read from ISO 8601 with three fraction digits.
    init(bsonMilliseconds milliseconds: Int64) {
        self.init(timeIntervalSince1970: Double(milliseconds) / 1000)
    }

    /// The milliseconds since 1970 from which ``init(bsonMilliseconds:)`` makes this date, or `nil`.
    fileprivate var bsonMilliseconds: Int64? {
        // Far from 1970, the interval has a precision of about a millisecond, and counting from another year rounds it.
        let interval = timeIntervalSince1970
        for seconds in [interval, interval.nextUp, interval.nextDown] {
            guard let nearest = Int64(exactly: (seconds * 1000).rounded()) else { continue }
            for milliseconds in [nearest, nearest &- 1, nearest &+ 1]
            where Date(bsonMilliseconds: milliseconds) == self {
                return milliseconds
            }
        }
        return nil
    }
}

/// A Decimal128, which converts between text and bits.
struct BSONDecimal {
    let bits: bson_decimal128_t

    init(_ bits: bson_decimal128_t) { self.bits = bits }

    /// Makes a decimal from a number by the grammar of RFC 8259 §6, or fails if it has too many digits or is out of
    /// range.
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

    /// Whether there are at most 34 digits (IEEE 754 §3.5.2); otherwise the value is zero.
    private var isCanonical: Bool {
        let coefficient = UInt128(bits.high & (1 << 49 - 1)) << 64 | UInt128(bits.low)
        // If both bits after the sign are set, the digits have another form, which always has more.
        return bits.high >> 61 & 3 != 3 && coefficient < 10_000_000_000_000_000_000_000_000_000_000_000
    }

    /// The decimal as a document: an integer if it has no fraction digits.
    var document: Document {
        let text = text
        guard let number = DecimalNumber(text) else {
            return .float(text == "NaN" ? .nan : text.hasPrefix("-") ? -.infinity : .infinity)
        }
        // libbson writes a value just beyond 34 digits instead of zero.
        guard isCanonical else { return .integer(0) }
        // A positive exponent is always written as such, even if the digits before it have a point.
        let isWhole = text.contains("E+") || !(text.contains(".") || text.contains("E"))
        let isNegativeZero = number.digits.isEmpty && text.hasPrefix("-")
        guard isWhole, !isNegativeZero, let value = number.integerSpelling(maximumDigits: 39).flatMap({ Int128($0) })
        else { return .number(text) }
        return .integer(value)
    }
}
#endif
