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
    /// The milliseconds from 1970 to the reference date.
    private static let referenceMilliseconds: Int64 = 978_307_200_000

    /// Makes the date that is some milliseconds after 1970.
    init(bsonMilliseconds milliseconds: Int64) {
        let (sinceReference, overflows) = milliseconds.subtractingReportingOverflow(Self.referenceMilliseconds)
        let nearest = overflows ? Double(milliseconds) - Double(Self.referenceMilliseconds) : Double(sinceReference)
        self.init(timeIntervalSinceReferenceDate: nearest / 1000)
    }

    /// The milliseconds since 1970 that ``init(bsonMilliseconds:)`` makes this very date of, or `nil` when there are none.
    fileprivate var bsonMilliseconds: Int64? {
        guard let sinceReference = Int64(exactly: (timeIntervalSinceReferenceDate * 1000).rounded()) else { return nil }
        let (milliseconds, overflows) = sinceReference.addingReportingOverflow(Self.referenceMilliseconds)
        guard !overflows, Date(bsonMilliseconds: milliseconds) == self else { return nil }
        return milliseconds
    }
}
#endif
