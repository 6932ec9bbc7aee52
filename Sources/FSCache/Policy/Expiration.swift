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

    /// Stored responses can be used until they are replaced or deleted.
    public static let never = Expiration(.never)

    /// Stored responses are validated with the origin on each use.
    ///
    /// Only responses with a validator are stored.
    public static let immediately = Expiration(.after(.zero))

    /// Requests bypass the cache: nothing is read from it or written to it.
    public static let doNotCache = Expiration(.doNotCache)

    /// Stored responses become stale some time after they were received.
    ///
    /// A duration of zero or less means ``immediately``.
    ///
    /// - Parameter duration: How long they stay fresh.
    /// - Returns: The expiration.
    public static func after(_ duration: Duration) -> Expiration {
        Expiration(.after(max(duration, .zero)))
    }

    /// Stored responses become stale some seconds after they were received.
    ///
    /// - Parameter seconds: How long they stay fresh. Zero, a negative number and NaN mean ``immediately``. More than
    ///   10,000 years mean ``never``.
    /// - Returns: The expiration.
    public static func seconds(_ seconds: Double) -> Expiration {
        guard seconds > 0 else { return .immediately }
        return seconds < 315_576_000_000 ? .after(.milliseconds(Int64(seconds * 1000))) : .never
    }

    /// Stored responses become stale at a point in time.
    ///
    /// With a date in the past, responses are stored as stale.
    ///
    /// - Parameter date: When they become stale.
    /// - Returns: The expiration.
    public static func at(_ date: Date) -> Expiration {
        Expiration(.at(date))
    }

    /// Whether every use asks the origin.
    package var isImmediate: Bool { kind == .after(.zero) }

    /// When a response received at `date` becomes stale; `nil` if it never does, or only beyond the range of dates.
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
    /// Makes an expiration of some seconds; see ``seconds(_:)``.
    public init(integerLiteral value: Int) {
        self = .seconds(Double(value))
    }

    /// Makes an expiration of some seconds; see ``seconds(_:)``.
    public init(floatLiteral value: Double) {
        self = .seconds(value)
    }
}

extension Duration {
    /// The duration in seconds.
    package var timeInterval: TimeInterval {
        let (seconds, attoseconds) = components
        return TimeInterval(seconds) + TimeInterval(attoseconds) / 1e18
    }
}
