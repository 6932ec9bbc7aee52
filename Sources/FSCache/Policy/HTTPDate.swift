package import Foundation
internal import HTTPTypes
internal import Serializers

/// Dates in header fields (RFC 9110 §5.6.7).
package enum HTTPDate {
    /// Reads any of the three forms: IMF-fixdate, the obsolete form of RFC 850, and that of C's `asctime`.
    ///
    /// Letters are compared without regard to case, as RFC 9111 §4.2 asks of caches.
    ///
    /// - Parameters:
    ///   - text: The field value.
    ///   - now: Decides the century of a two-digit year of RFC 850, which is at most 50 years ahead.
    /// - Returns: The date, or `nil` if the text has none of these forms, or names a day that doesn't exist.
    package static func parse(_ text: String, now: Date) -> Date? {
        var text = text
        return text.withUTF8 { parse(unsafe $0.span, now: now) }
    }

    /// The date in the first field with a name; `nil` if there is none, or if it is invalid.
    static func first(_ name: HTTPField.Name, in fields: HTTPFields, now: Date) -> Date? {
        guard let index = fields.firstIndex(where: { $0.name == name }) else { return nil }
        return fields[index].withOctets { parse($0, now: now) }
    }

    /// Reads a date from octets: see ``parse(_:now:)``.
    static func parse(_ octets: borrowing Span<UInt8>, now: Date) -> Date? {
        switch octets.count {
        case 29 where octets.isWeekday(at: 0, length: 3) && octets.has(", ", at: 3) && octets.has(" gmt", at: 25):
            // Sun, 06 Nov 1994 08:49:37 GMT
            guard octets.has(" ", at: 7), octets.has(" ", at: 11), octets.has(" ", at: 16),
                let day = octets.number(at: 5, digits: 2), let month = octets.month(at: 8),
                let year = octets.number(at: 12, digits: 4), let time = octets.time(at: 17)
            else { return nil }
            return date(year: year, month: month, day: day, time: time)
        case 24 where octets.isWeekday(at: 0, length: 3) && octets.has(" ", at: 3):
            // Sun Nov  6 08:49:37 1994
            let day = octets.has(" ", at: 8) ? octets.number(at: 9, digits: 1) : octets.number(at: 8, digits: 2)
            guard octets.has(" ", at: 7), octets.has(" ", at: 10), octets.has(" ", at: 19), let day,
                let month = octets.month(at: 4), let time = octets.time(at: 11),
                let year = octets.number(at: 20, digits: 4)
            else { return nil }
            return date(year: year, month: month, day: day, time: time)
        case 30...33:
            // Sunday, 06-Nov-94 08:49:37 GMT
            let comma = octets.count - 24
            guard octets.isWeekday(at: 0, length: comma), octets.has(", ", at: comma), octets.has("-", at: comma + 4),
                octets.has("-", at: comma + 8), octets.has(" ", at: comma + 11), octets.has(" gmt", at: comma + 20),
                let day = octets.number(at: comma + 2, digits: 2), let month = octets.month(at: comma + 5),
                let shortYear = octets.number(at: comma + 9, digits: 2), let time = octets.time(at: comma + 12)
            else { return nil }
            return date(year: year(shortYear, now: now), month: month, day: day, time: time)
        default:
            return nil
        }
    }

    private static func year(_ shortYear: Int, now: Date) -> Int {
        let thisYear = Int(now.timeIntervalSince1970 / 31_556_952) + 1970
        let year = thisYear - thisYear % 100 + shortYear
        return year > thisYear + 50 ? year - 100 : year
    }

    private static func date(year: Int, month: Int, day: Int, time: Int) -> Date? {
        let isLeap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
        let length = month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
        guard year >= 1, day >= 1, day <= length else { return nil }
        // Counted from the first of March, the leap day is the last of the year, and 153 days are five months.
        let (marchYear, marchMonth) = month > 2 ? (year, month - 3) : (year - 1, month + 9)
        let leapDays = marchYear / 4 - marchYear / 100 + marchYear / 400
        let days = marchYear * 365 + leapDays + (153 * marchMonth + 2) / 5 + day - 1
        return Date(timeIntervalSince1970: TimeInterval((days - 719_468) * 86_400 + time))
    }
}

extension HTTPDate {
    /// Writes a date as IMF-fixdate, in whole seconds.
    ///
    /// - Parameter date: A date of the years 1 to 9999; other dates become the nearest of these.
    /// - Returns: The text, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
    package static func format(_ date: Date) -> String {
        let range = Date.calendarRange
        let clamped = min(max(date, range.lowerBound), range.upperBound)
        let seconds = Int(clamped.timeIntervalSince1970.rounded(.down))
        let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let time = seconds - day * 86_400

        // Days since the first of March of the year 0; see `date(year:month:day:time:)`.
        let marchDay = day + 719_468
        let era = marchDay / 146_097
        let dayOfEra = marchDay - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)

        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][((day % 7) + 7) % 7]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let dayOfMonth = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let clock = [time / 3600, time / 60 % 60, time % 60].map { padded($0, 2) }.joined(separator: ":")
        return "\(weekday), \(padded(dayOfMonth, 2)) \(months[month - 1]) \(padded(year, 4)) \(clock) GMT"
    }
}

extension Span<UInt8> {
    /// Whether the octets at an index equal a lower-case text, regardless of ASCII case.
    fileprivate func has(_ text: StaticString, at start: Int) -> Bool {
        matches(text, at: start)
    }

    fileprivate func number(at start: Int, digits: Int) -> Int? {
        var value = 0
        for index in start..<(start + digits) {
            guard self[index].isDigit else { return nil }
            value = value * 10 + Int(self[index] - UInt8(ascii: "0"))
        }
        return value
    }

    fileprivate func time(at start: Int) -> Int? {
        guard has(":", at: start + 2), has(":", at: start + 5), let hour = number(at: start, digits: 2),
            let minute = number(at: start + 3, digits: 2), let second = number(at: start + 6, digits: 2),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    fileprivate func month(at start: Int) -> Int? {
        position(of: start, amongThrees: "janfebmaraprmayjunjulaugsepoctnovdec").map { $0 + 1 }
    }

    /// Whether the octets at an index are a day of the week, in three letters or in full.
    fileprivate func isWeekday(at start: Int, length: Int) -> Bool {
        switch length {
        case 3: position(of: start, amongThrees: "montuewedthufrisatsun") != nil
        case 6: has("monday", at: start) || has("friday", at: start) || has("sunday", at: start)
        case 7: has("tuesday", at: start)
        case 8: has("thursday", at: start) || has("saturday", at: start)
        case 9: has("wednesday", at: start)
        default: false
        }
    }

    /// Which three-letter group of a lower-case text the octets at an index equal, regardless of ASCII case.
    private func position(of start: Int, amongThrees text: StaticString) -> Int? {
        let names = unsafe text.utf8Start
        for offset in stride(from: 0, to: text.utf8CodeUnitCount, by: 3)
        where unsafe self[start].lowercased == names[offset] && self[start + 1].lowercased == names[offset + 1]
            && self[start + 2].lowercased == names[offset + 2]
        {
            return offset / 3
        }
        return nil
    }
}
