public import Foundation

/// How long a stored response may be used without asking the origin.
///
/// Integer and floating point literals are seconds: `expireAfter: 300`.
public struct Expiration: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case never
        case doNotCache
        case after(Duration)
        case at(Date)
    }

    package let kind: Kind

    private init(_ kind: Kind) {
        self.kind = kind
    }

    /// Stored responses stay usable until they are replaced or deleted.
    public static let never = Expiration(.never)

    /// Stored responses are validated with the origin on each use; only those that carry a validator are stored.
    public static let immediately = Expiration(.after(.zero))

    /// Nothing is read from the cache, and nothing is written to it.
    public static let doNotCache = Expiration(.doNotCache)

    /// Stored responses become stale some time after they came.
    ///
    /// No time at all, or less, is ``immediately``.
    ///
    /// - Parameter duration: How long they stay fresh.
    /// - Returns: The expiration.
    public static func after(_ duration: Duration) -> Expiration {
        Expiration(.after(max(duration, .zero)))
    }

    /// Stored responses become stale some seconds after they came.
    ///
    /// No time at all, or less, is ``immediately``.
    ///
    /// - Parameter seconds: How long they stay fresh. What is no number is ``immediately``; what is longer than
    ///   10,000 years is ``never``.
    /// - Returns: The expiration.
    public static func seconds(_ seconds: Double) -> Expiration {
        guard seconds > 0 else { return .immediately }
        return seconds < 315_576_000_000 ? .after(.milliseconds(Int64(seconds * 1000))) : .never
    }

    /// Stored responses become stale at a point in time.
    ///
    /// One in the past stores an entry that is stale from the start.
    ///
    /// - Parameter date: When they become stale.
    /// - Returns: The expiration.
    public static func at(_ date: Date) -> Expiration {
        Expiration(.at(date))
    }

    /// Whether nothing is fresh under this expiration: every use asks the origin.
    package var isImmediate: Bool { kind == .after(.zero) }

    /// When a response that came at `date` becomes stale; `nil` for never, which is also what is beyond the calendar.
    package func date(from date: Date) -> Date? {
        let expiry: Date
        switch kind {
        case .never: return nil
        case .doNotCache: expiry = date
        case .after(let duration): expiry = date.addingTimeInterval(duration.timeInterval)
        case .at(let date): expiry = date
        }
        return expiry > Date.calendarRange.upperBound
            ? nil : max(expiry, Date.calendarRange.lowerBound).wholeMilliseconds
    }
}

extension Expiration: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
    /// Seconds; see ``seconds(_:)``.
    public init(integerLiteral value: Int) {
        self = .seconds(Double(value))
    }

    /// Seconds; see ``seconds(_:)``.
    public init(floatLiteral value: Double) {
        self = .seconds(value)
    }
}

extension Duration {
    /// The duration in seconds, as Foundation counts them.
    package var timeInterval: TimeInterval {
        let (seconds, attoseconds) = components
        return TimeInterval(seconds) + TimeInterval(attoseconds) / 1e18
    }
}

extension Date {
    /// The years 1 to 9999: what can be written as ISO 8601 and as an HTTP date.
    package static let calendarRange =
        Date(timeIntervalSince1970: -62_135_596_800)...Date(timeIntervalSince1970: 253_402_300_799)
}

extension Date {
    /// The date without what is finer than a millisecond, which is how stored times are kept in every format.
    ///
    /// A date has one such form: the one that milliseconds counted from 1970 give, and that ISO 8601 says in three digits.
    package var wholeMilliseconds: Date {
        let milliseconds = timeIntervalSince1970 * 1000
        let nearest = milliseconds.rounded()
        // What is as near as arithmetic allows is whole already; rounding it down would lose a millisecond each time.
        let isWhole = abs(milliseconds - nearest) < 0.05
        return Date(timeIntervalSince1970: (isWhole ? nearest : milliseconds.rounded(.down)) / 1000)
    }
}
