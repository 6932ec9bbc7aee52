internal import Foundation

/// Dates as header fields spell them (RFC 9110 §5.6.7).
enum HTTPDate {
    /// Reads any of the three forms: IMF-fixdate, the obsolete form of RFC 850, and that of C's `asctime`.
    ///
    /// - Parameters:
    ///   - text: The field value.
    ///   - now: Decides the century of the two-digit year of RFC 850: none is more than 50 years ahead.
    /// - Returns: The date, or `nil` when the text is not of these forms, or names no day of the calendar.
    static func parse(_ text: String, now: Date) -> Date? {
        let words = text.split(omittingEmptySubsequences: true) { $0 == " " || $0 == "," || $0 == "-" }
        switch words.count {
        case 6 where words[5] == "GMT" && text.contains(","):
            // Sun, 06 Nov 1994 08:49:37 GMT, or Sunday, 06-Nov-94 08:49:37 GMT
            guard weekday(words[0]), let day = number(words[1], digits: 2), let month = month(words[2]),
                let time = time(words[4])
            else { return nil }
            if text.contains("-") {
                guard let shortYear = number(words[3], digits: 2) else { return nil }
                return date(year: year(shortYear, now: now), month: month, day: day, time: time)
            }
            guard let year = number(words[3], digits: 4) else { return nil }
            return date(year: year, month: month, day: day, time: time)
        case 5 where !text.contains(","):
            // Sun Nov  6 08:49:37 1994
            guard weekday(words[0]), let month = month(words[1]), let time = time(words[3]),
                let day = number(words[2], digits: words[2].utf8.count), let year = number(words[4], digits: 4)
            else { return nil }
            return date(year: year, month: month, day: day, time: time)
        default:
            return nil
        }
    }

    private static func weekday(_ word: Substring) -> Bool {
        word.utf8.count >= 3 && ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].contains(word.prefix(3))
    }

    private static func month(_ word: Substring) -> Int? {
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return names.firstIndex { $0 == word }.map { $0 + 1 }
    }

    private static func number(_ word: Substring, digits: Int) -> Int? {
        guard word.utf8.count == digits, word.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains)
        else { return nil }
        return Int(word)
    }

    private static func time(_ word: Substring) -> Int? {
        let parts = word.split(separator: ":", omittingEmptySubsequences: false).map { number($0, digits: 2) }
        guard parts.count == 3, let hour = parts[0], let minute = parts[1], let second = parts[2],
            hour < 24, minute < 60, second <= 60
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    private static func year(_ shortYear: Int, now: Date) -> Int {
        let thisYear = Int(now.timeIntervalSince1970 / 31_556_952) + 1970
        let year = thisYear - thisYear % 100 + shortYear
        return year > thisYear + 50 ? year - 100 : year
    }

    private static func date(year: Int, month: Int, day: Int, time: Int) -> Date? {
        let isLeap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard day >= 1, day <= lengths[month - 1] else { return nil }
        let earlier = year - 1
        let leapDays = earlier / 4 - earlier / 100 + earlier / 400
        let days = earlier * 365 + leapDays + lengths[..<(month - 1)].reduce(0, +) + day - 1
        return Date(timeIntervalSince1970: TimeInterval((days - 719_162) * 86_400 + time))
    }
}
