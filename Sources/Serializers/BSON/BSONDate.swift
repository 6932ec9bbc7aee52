#if BSON
import Foundation

/// The form that BSON has for a date.
enum BSONDate {
    /// A UTC datetime: milliseconds since 1970.
    case milliseconds(Int64)
    /// What is finer than that, or of a year that drivers refuse to read.
    case text(String)

    /// The years 1 to 9999.
    private static let readable: Range<Int64> = -62_135_596_800_000..<253_402_300_800_000

    /// Chooses the form for a date, or fails when none is exact.
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
    /// Makes the date that is some milliseconds after 1970: the same that ISO 8601 with three fraction digits would be.
    init(bsonMilliseconds milliseconds: Int64) {
        self.init(timeIntervalSince1970: Double(milliseconds) / 1000)
    }

    /// The milliseconds since 1970 that ``init(bsonMilliseconds:)`` makes this very date of, or `nil` when there are none.
    fileprivate var bsonMilliseconds: Int64? {
        // Far from 1970 a step of the interval is about a millisecond, and counting from another year rounds it.
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
#endif
