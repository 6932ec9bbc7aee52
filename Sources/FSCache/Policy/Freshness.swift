internal import Foundation
internal import HTTPTypes

/// How old a response is, and how long it stays fresh (RFC 9111 §4.2).
struct Freshness: Sendable {
    private let fields: HTTPFields
    private let directives: CacheControl
    private let isShared: Bool
    private let requestedAt: Date
    private let receivedAt: Date

    /// Reads the age and the dates of a response.
    ///
    /// - Parameters:
    ///   - fields: Its header fields.
    ///   - directives: Its cache directives.
    ///   - isShared: Whether the cache is shared, so that `s-maxage` counts.
    ///   - requestedAt: When the request was sent.
    ///   - receivedAt: When the response was received.
    init(
        _ fields: HTTPFields,
        directives: CacheControl = CacheControl(),
        isShared: Bool = false,
        requestedAt: Date,
        receivedAt: Date
    ) {
        self.fields = fields
        self.directives = directives
        self.isShared = isShared
        self.requestedAt = requestedAt
        self.receivedAt = receivedAt
    }

    /// When the response was generated, or received if it has no valid `Date` (RFC 9110 §6.6.1).
    private var date: Date {
        HTTPDate.first(.date, in: fields, now: receivedAt) ?? receivedAt
    }

    /// The age of the response when it was received (RFC 9111 §4.2.3, `corrected_initial_age`), in seconds.
    var initialAge: TimeInterval {
        let apparentAge = max(0, receivedAt.timeIntervalSince(date))
        let responseDelay = max(0, receivedAt.timeIntervalSince(requestedAt))
        return max(apparentAge, TimeInterval(ageValue) + responseDelay)
    }

    /// The value of the first `Age` field; 0 if it isn't a number (RFC 9111 §5.1).
    private var ageValue: Int {
        guard let index = fields.firstIndex(where: { $0.name == .age }) else { return 0 }
        return fields[index].withOctets { octets in
            var list = DirectiveReader(octets)
            guard let first = list.next(in: octets), first.argument == nil else { return 0 }
            return octets.deltaSeconds(first.name) ?? 0
        }
    }

    /// The age of the response (RFC 9111 §4.2.3, `current_age`), in seconds.
    func age(at now: Date) -> TimeInterval {
        initialAge + max(0, now.timeIntervalSince(receivedAt))
    }

    /// The explicit freshness lifetime, in seconds (RFC 9111 §4.2.1); `nil` if the response states none.
    ///
    /// An invalid `Expires` is a time in the past; the earliest of several counts (RFC 9111 §4.2.1, §5.3).
    var explicitLifetime: TimeInterval? {
        if isShared, let sharedMaxAge = directives.sharedMaxAge { return TimeInterval(sharedMaxAge) }
        if let maxAge = directives.maxAge { return TimeInterval(maxAge) }
        if directives.isTargeted { return nil }
        var earliest: Date?
        for field in fields where field.name == .expires {
            let expires = field.withOctets { HTTPDate.parse($0, now: receivedAt) }
            guard let expires else { return 0 }
            earliest = min(earliest ?? expires, expires)
        }
        return earliest.map { max(0, $0.timeIntervalSince(date)) }
    }

    /// The heuristic freshness lifetime: a tenth of the time since the last modification, in seconds; `nil` without a valid
    /// `Last-Modified` (RFC 9111 §4.2.2).
    var heuristicLifetime: TimeInterval? {
        guard let lastModified = HTTPDate.first(.lastModified, in: fields, now: receivedAt) else { return nil }
        return max(0, date.timeIntervalSince(lastModified) / 10)
    }

    /// When the response becomes stale by the heuristic; `nil` without a valid `Last-Modified`.
    var heuristicExpiry: Date? {
        heuristicLifetime.map { expiry(lifetime: $0) }
    }

    /// When a response with this lifetime becomes stale, to the millisecond; in the past if it was stale when it came.
    func expiry(lifetime: TimeInterval) -> Date {
        let expiry = receivedAt.addingTimeInterval(lifetime - initialAge)
        let range = Date.calendarRange
        return min(max(expiry, range.lowerBound), range.upperBound).wholeMilliseconds
    }

    /// When the response becomes stale by its explicit freshness lifetime; `nil` if it states none.
    var explicitExpiry: Date? {
        explicitLifetime.map { expiry(lifetime: $0) }
    }
}
