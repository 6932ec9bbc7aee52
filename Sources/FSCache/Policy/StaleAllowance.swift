/// Whether, and for how long, a stale response may be used.
///
/// `true` and `false` mean ``always`` and ``never``, an integer literal means seconds: `staleIfError: true`,
/// `staleIfError: 600`.
public struct StaleAllowance: Sendable, Hashable {
    /// The longest time since the response became stale, or `nil` for no limit.
    package let limit: Duration?
    private let dependsOnResponse: Bool

    private init(limit: Duration?, dependsOnResponse: Bool = false) {
        self.limit = limit
        self.dependsOnResponse = dependsOnResponse
    }

    /// The stored response decides if ``CacheSettings/cacheControl`` is on.
    ///
    /// Otherwise this is ``never``.
    ///
    /// A stale response may then be used when the origin can't be reached, unless the response forbids it (RFC 9111
    /// §4.2.4), in place of an error within its `stale-if-error`, and while it is refreshed within its
    /// `stale-while-revalidate` (RFC 5861).
    public static let asResponseAllows = StaleAllowance(limit: .zero, dependsOnResponse: true)

    /// Stale responses are not used, even if they allow it.
    public static let never = StaleAllowance(limit: .zero)

    /// Stale responses are used without a limit.
    public static let always = StaleAllowance(limit: nil)

    /// Stale responses are used for some time after they became stale.
    ///
    /// - Parameter duration: The longest time since they became stale.
    /// - Returns: The allowance.
    public static func upTo(_ duration: Duration) -> StaleAllowance {
        StaleAllowance(limit: max(duration, .zero))
    }

    /// Whether a response may be used that became stale this long ago.
    package func allows(staleFor duration: Duration) -> Bool {
        guard let limit else { return true }
        return limit > .zero && duration <= limit
    }
}

extension StaleAllowance: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral {
    /// Makes ``always`` or ``never``.
    public init(booleanLiteral value: Bool) {
        self = value ? .always : .never
    }

    /// Makes an allowance of some seconds.
    public init(integerLiteral value: Int) {
        self = .upTo(.seconds(value))
    }
}
