/// Whether, and for how long, a stale response may be used in place of an error.
///
/// A Boolean literal is all or nothing, an integer literal is seconds: `staleIfError: true`, `staleIfError: 600`.
public struct StaleAllowance: Sendable, Hashable {
    /// The longest time since the response became stale; `nil` without limit.
    package let limit: Duration?
    /// Whether responses decide as well.
    private let isStandard: Bool

    private init(limit: Duration?, isStandard: Bool = false) {
        self.limit = limit
        self.isStandard = isStandard
    }

    /// What the stored response says decides, with ``CacheSettings/cacheControl``; without it this is ``never``.
    ///
    /// The response may be used stale when the origin can't be reached, unless it forbids that (RFC 9111 §4.2.4), and in
    /// place of an error within its `stale-if-error` (RFC 5861 §4).
    public static let standard = StaleAllowance(limit: .zero, isStandard: true)

    /// Stale responses are used only within the stored response's own `stale-if-error`, with
    /// ``CacheSettings/cacheControl``; without it never.
    public static let never = StaleAllowance(limit: .zero)

    /// Stale responses are used, however old.
    public static let always = StaleAllowance(limit: nil)

    /// Stale responses are used for some time after they became stale.
    ///
    /// - Parameter duration: The longest time since they became stale.
    /// - Returns: The allowance.
    public static func upTo(_ duration: Duration) -> StaleAllowance {
        StaleAllowance(limit: max(duration, .zero))
    }

    /// Whether a response may be used that has been stale for some time.
    package func allows(staleFor duration: Duration) -> Bool {
        guard let limit else { return true }
        return limit > .zero && duration <= limit
    }
}

extension StaleAllowance: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral {
    /// ``always`` or ``never``.
    public init(booleanLiteral value: Bool) {
        self = value ? .always : .never
    }

    /// Seconds.
    public init(integerLiteral value: Int) {
        self = .upTo(.seconds(value))
    }
}
