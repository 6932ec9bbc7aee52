internal import Foundation
internal import HTTPTypes

/// How old a response is, and how long it stays fresh (RFC 9111 §4.2).
struct Freshness: Sendable {
    private let fields: HTTPFields
    private let directives: CacheControl
    private let requestedAt: Date
    private let receivedAt: Date

    /// Looks at a response.
    ///
    /// - Parameters:
    ///   - fields: Its header fields.
    ///   - directives: Its `Cache-Control` directives.
    ///   - requestedAt: When the request was sent.
    ///   - receivedAt: When the response came.
    init(_ fields: HTTPFields, directives: CacheControl, requestedAt: Date, receivedAt: Date) {
        self.fields = fields
        self.directives = directives
        self.requestedAt = requestedAt
        self.receivedAt = receivedAt
    }

    private var dateValue: Date? {
        fields[.date].flatMap { HTTPDate.parse($0, now: receivedAt) }
    }

    /// The age that the response already had when it came (RFC 9111 §4.2.3, `corrected_initial_age`), in seconds.
    var initialAge: TimeInterval {
        let apparentAge = max(0, dateValue.map { receivedAt.timeIntervalSince($0) } ?? 0)
        let responseDelay = max(0, receivedAt.timeIntervalSince(requestedAt))
        let ageValue = fields[values: .age].first.flatMap { CacheControl.deltaSeconds($0) } ?? 0
        return max(apparentAge, TimeInterval(ageValue) + responseDelay)
    }

    /// The age of the response (RFC 9111 §4.2.3, `current_age`), in seconds.
    func age(at now: Date) -> TimeInterval {
        initialAge + max(0, now.timeIntervalSince(receivedAt))
    }

    /// How long after its generation the response is fresh, in seconds (RFC 9111 §4.2.1), or `nil` where the response
    /// does not say.
    ///
    /// An `Expires` that is invalid is a time in the past (RFC 9111 §5.3).
    var explicitLifetime: TimeInterval? {
        if let maxAge = directives.maxAge { return TimeInterval(maxAge) }
        guard let expires = fields[values: .expires].first else { return nil }
        guard let date = HTTPDate.parse(expires, now: receivedAt) else { return 0 }
        return max(0, date.timeIntervalSince(dateValue ?? receivedAt))
    }

    /// When the response becomes stale by what it says itself, or `nil` where it does not say.
    var explicitExpiry: Date? {
        explicitLifetime.map { receivedAt.addingTimeInterval(max(0, $0 - initialAge)) }
    }
}
