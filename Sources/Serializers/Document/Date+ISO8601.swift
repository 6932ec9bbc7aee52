package import Foundation

extension Date {
    // Foundation counts seconds from 2001 in a `Double`, and most other software counts them from 1970. The two round
    // fractions differently, so it matters which one is used. Up to six digits are counted from 1970, as
    // `timeIntervalSince1970` does. More digits are counted from 2001, which distinguishes any two dates.
    private static let maximumDigitsFrom1970 = 6

    /// The time as ISO 8601 in UTC, such as `2026-01-31T12:00:00.25Z`, or `nil` outside the years 0000 to 9999.
    ///
    /// It has the fewest fraction digits from which ``init(iso8601:)`` makes the same date: none for whole seconds, three for
    /// milliseconds.
    package var iso8601: String? {
        let interval = timeIntervalSinceReferenceDate
        guard Self.writableInterval.contains(interval) else { return nil }

        let (second, fraction) = Self.shortFraction(of: interval) ?? Self.longFraction(of: interval)
        let (days, secondOfDay) = second.quotientAndRemainder(flooringBy: 86400)
        let (year, month, day) = Self.civilDate(daysSinceReferenceDate: days)
        var text: [UInt8] = []
        text.reserveCapacity(32)
        func append(_ value: Int, digits: Int, _ terminator: Unicode.Scalar) {
            var divisor = digits == 4 ? 1000 : 10
            while divisor > 0 {
                text.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
                divisor /= 10
            }
            text.append(UInt8(ascii: terminator))
        }
        append(year, digits: 4, "-")
        append(month, digits: 2, "-")
        append(day, digits: 2, "T")
        append(secondOfDay / 3600, digits: 2, ":")
        append(secondOfDay / 60 % 60, digits: 2, ":")
        append(secondOfDay % 60, digits: 2, fraction.isEmpty ? "Z" : ".")
        if !fraction.isEmpty {
            text += fraction
            text.append(UInt8(ascii: "Z"))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Parses a time by RFC 3339, or in a shorter form of ISO 8601.
    ///
    /// RFC 3339 is `2026-01-31T12:00:00.25Z`, also with an offset such as `+01:00`, in lower case, or with a space for the
    /// `T`. A leap second is read as the first second of the next minute. Shorter forms leave out the seconds or the whole
    /// time of day, which are then zero, the offset, which is then UTC, or its colon or minutes: `+0100`, `+01`.
    ///
    /// - Parameter text: The time.
    package init?(iso8601 text: String) {
        var text = text
        let interval = text.withUTF8 { unsafe Self.interval(iso8601: $0.span) }
        guard let interval else { return nil }
        self.init(timeIntervalSinceReferenceDate: interval)
    }

    private static func interval(iso8601 text: Span<UInt8>) -> Double? {
        func number(at offset: Int, digits: Int) -> Int? {
            guard offset + digits <= text.count else { return nil }
            var value = 0
            for index in offset..<(offset + digits) {
                guard text[index].isDigit else { return nil }
                value = value * 10 + Int(text[index] - UInt8(ascii: "0"))
            }
            return value
        }
        func isOne(of characters: StaticString, at offset: Int) -> Bool {
            offset < text.count && characters.description.utf8.contains(text[offset])
        }
        guard let year = number(at: 0, digits: 4), isOne(of: "-", at: 4),
            let month = number(at: 5, digits: 2), 1...12 ~= month, isOne(of: "-", at: 7),
            let day = number(at: 8, digits: 2), 1...daysInMonth(month, year: year) ~= day
        else { return nil }
        let days = daysSinceReferenceDate(year: year, month: month, day: day)
        if text.count == 10 { return Double(days * 86400) }
        guard isOne(of: "Tt ", at: 10),
            let hour = number(at: 11, digits: 2), hour < 24, isOne(of: ":", at: 13),
            let minute = number(at: 14, digits: 2), minute < 60
        else { return nil }

        let hasSecond = isOne(of: ":", at: 16)
        guard let second = hasSecond ? number(at: 17, digits: 2) : 0, second <= 60 else { return nil }
        var end = hasSecond ? 19 : 16
        var fraction: [UInt8] = []
        if hasSecond, isOne(of: ".,", at: end) {
            end += 1
            while end < text.count, text[end].isDigit {
                fraction.append(text[end])
                end += 1
            }
            guard !fraction.isEmpty else { return nil }
        }

        var offset = 0
        if isOne(of: "Zz", at: end) {
            end += 1
        } else if end < text.count {
            let minutesAt = isOne(of: ":", at: end + 3) ? end + 4 : end + 3
            let hasMinutes = minutesAt < text.count
            guard isOne(of: "+-", at: end), let hours = number(at: end + 1, digits: 2), hours < 24,
                let minutes = hasMinutes ? number(at: minutesAt, digits: 2) : 0, minutes < 60,
                hasMinutes || minutesAt == end + 3
            else { return nil }
            offset = (hours * 60 + minutes) * (text[end] == UInt8(ascii: "-") ? -60 : 60)
            end = hasMinutes ? minutesAt + 2 : minutesAt
        }
        guard end == text.count else { return nil }

        let whole = days * 86400 + hour * 3600 + minute * 60 + second - offset
        guard fraction.contains(where: { $0 != UInt8(ascii: "0") }) else { return Double(whole) }
        if fraction.count <= maximumDigitsFrom1970 {
            return self.interval(whole + secondsTo2001, fraction) - Double(secondsTo2001)
        }
        return self.interval(whole, fraction)
    }

    /// The last whole second up to an interval, and the rest as up to six digits; `nil` if that is not exact.
    private static func shortFraction(of interval: Double) -> (second: Int, fraction: [UInt8])? {
        let interval1970 = interval + Double(secondsTo2001)
        var power = 1
        for count in 0...maximumDigitsFrom1970 {
            let scaled = (interval1970 * Double(power)).rounded()
            // Below 2⁵³, the quotient is rounded once, like when the digits are read.
            guard abs(scaled) < 0x1p53 else { break }
            if scaled / Double(power) - Double(secondsTo2001) == interval {
                let (second, rest) = Int(scaled).quotientAndRemainder(flooringBy: power)
                let digits = count == 0 ? [] : Array(String(rest + power).utf8.dropFirst())
                return (second - secondsTo2001, digits)
            }
            power *= 10
        }
        guard interval1970 - Double(secondsTo2001) == interval else { return nil }
        let (second, fraction) = secondAndFraction(of: interval1970)
        return fraction.count <= maximumDigitsFrom1970 ? (second - secondsTo2001, fraction) : nil
    }

    /// The last whole second up to an interval, and the rest in the fewest digits, but at least seven.
    private static func longFraction(of interval: Double) -> (second: Int, fraction: [UInt8]) {
        var (second, fraction) = secondAndFraction(of: interval)
        let missing = max(0, maximumDigitsFrom1970 + 1 - fraction.count)
        fraction += repeatElement(UInt8(ascii: "0"), count: missing)
        return (second, fraction)
    }

    /// The last whole second up to an interval, and the rest as the digits that Swift prints for the interval.
    private static func secondAndFraction(of interval: Double) -> (second: Int, fraction: [UInt8]) {
        let second = Int(interval.rounded(.towardZero))
        let fraction = DecimalNumber("\(interval)")?.fractionDigits ?? []
        // Fractions count up from the second before: -0.25 is -1 and 0.75.
        return interval < 0 && !fraction.isEmpty ? (second - 1, fraction.tensComplement) : (second, fraction)
    }

    /// The interval nearest to a second plus a nonzero fraction.
    private static func interval(_ second: Int, _ fraction: [UInt8]) -> Double {
        let isNegative = second < 0
        let digits = isNegative ? fraction.tensComplement : fraction
        let spelling = "\(isNegative ? -(second + 1) : second).\(String(decoding: digits, as: UTF8.self))"
        // Digits with a point between them are always a number.
        let magnitude = Double(spelling) ?? 0
        return isNegative ? -magnitude : magnitude
    }

    /// From year 0000 up to year 9999.
    private static let writableInterval: Range<Double> = {
        let first = daysSinceReferenceDate(year: 0, month: 1, day: 1)
        let end = daysSinceReferenceDate(year: 10000, month: 1, day: 1)
        return Double(first * 86400)..<Double(end * 86400)
    }()

    private static func daysInMonth(_ month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    // Both directions count in 400-year eras of 146,097 days whose years begin in March, so a leap day is the last of
    // its year.

    /// The days from 0000-03-01 to 2001-01-01 in the proleptic Gregorian calendar.
    private static let referenceDay = 730_791

    private static func daysSinceReferenceDate(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = year.quotientAndRemainder(flooringBy: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - referenceDay
    }

    private static func civilDate(daysSinceReferenceDate days: Int) -> (year: Int, month: Int, day: Int) {
        let (era, dayOfEra) = (days + referenceDay).quotientAndRemainder(flooringBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
    }
}

extension Int {
    fileprivate func quotientAndRemainder(flooringBy divisor: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

extension DecimalNumber {
    /// The digits after the decimal point.
    fileprivate var fractionDigits: [UInt8] {
        guard exponent < 0 else { return [] }
        let leadingZeros = Swift.max(0, -exponent - digits.count)
        return Array(repeating: UInt8(ascii: "0"), count: leadingZeros) + digits.suffix(-exponent)
    }
}

extension [UInt8] {
    /// The digits of one minus this fraction: `25` becomes `75`.
    fileprivate var tensComplement: [UInt8] {
        var result = self
        var isCarrying = true
        for index in indices.reversed() {
            let digit = self[index] - UInt8(ascii: "0")
            let complement = isCarrying ? (digit == 0 ? 0 : 10 - digit) : 9 - digit
            isCarrying = isCarrying && digit == 0
            result[index] = UInt8(ascii: "0") + complement
        }
        return result
    }
}
