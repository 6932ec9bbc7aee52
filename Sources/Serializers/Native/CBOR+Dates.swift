package import Foundation

extension CBORWriter {
    /// Writes a point in time that reads back as the same `Date`.
    ///
    /// It has tag 1, seconds since 1970 as an integer or a float (RFC 8949 §3.4.2). `Date` counts from 2001: if
    /// converting would round, it has tag 0 instead, ISO 8601 with as many digits as necessary.
    package mutating func write(_ date: Date) throws(SerializationError) {
        let interval = date.timeIntervalSinceReferenceDate
        if let whole = Int(exactly: interval),
            case let (sum, overflow) = whole.addingReportingOverflow(Date.secondsTo2001),
            !overflow
        {
            writeTag(1)
            write(sum)
        } else if case let sum = interval + Double(Date.secondsTo2001),
            sum - Double(Date.secondsTo2001) == interval || sum.isNaN
        {
            writeTag(1)
            write(sum)
        } else if let text = date.iso8601 {
            writeTag(0)
            write(text)
        } else {
            throw SerializationError(.unrepresentable, "the time \(interval) s after 2001 can't be written exactly")
        }
    }
}

extension CBORReader {
    /// Reads a point in time: an item with tag 0 or 1.
    ///
    /// - Returns: The point in time.
    package mutating func readDate(in bytes: Span<UInt8>) throws(SerializationError) -> Date {
        let start = offset
        switch (try readTag(in: bytes), nextType(in: bytes)) {
        case (0, .textString):
            if let date = Date(iso8601: try readString(in: bytes)) { return date }
        case (1, .unsignedInteger), (1, .negativeInteger):
            return Date(secondsSince1970: Int64(try readInt(in: bytes)))
        case (1, .simpleOrFloat):
            return Date(secondsSince1970: try readDouble(in: bytes))
        default:
            break
        }
        offset = start
        throw malformed("expected a time")
    }
}

extension Date {
    /// The whole seconds from 1970 to 2001.
    static let secondsTo2001 = 978_307_200

    /// Makes a date from whole seconds.
    init(secondsSince1970 seconds: Int64) {
        self.init(timeIntervalSinceReferenceDate: Double(Int128(seconds) - Int128(Self.secondsTo2001)))
    }

    /// Makes a date from seconds with a fraction.
    init(secondsSince1970 seconds: Double) {
        self.init(timeIntervalSinceReferenceDate: seconds - Double(Self.secondsTo2001))
    }
}
