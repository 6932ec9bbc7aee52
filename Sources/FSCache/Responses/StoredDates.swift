package import Foundation

extension Date {
    /// The years 1 to 9999, which ISO 8601 and HTTP dates can express.
    package static let calendarRange =
        Date(timeIntervalSince1970: -62_135_596_800)...Date(timeIntervalSince1970: 253_402_300_799)

    /// The date in whole milliseconds since 1970, the precision of stored times in every format.
    package var wholeMilliseconds: Date {
        let milliseconds = timeIntervalSince1970 * 1000
        let nearest = milliseconds.rounded()
        // Treat a date this close to a whole millisecond as exact: rounding it down would lose a millisecond each time.
        let isWhole = abs(milliseconds - nearest) < 0.05
        return Date(timeIntervalSince1970: (isWhole ? nearest : milliseconds.rounded(.down)) / 1000)
    }
}
