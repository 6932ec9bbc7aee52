public import Foundation

/// An entry of the cache: a stored response, or the reason why it can't be read or decoded.
public struct CacheEntry: Sendable {
    /// The backend's description of the entry.
    public let listing: EntryListing
    /// The stored response, or the reason why it can't be read or decoded.
    public let content: Result<StoredResponse, any Error>
    /// The entry as the backend returned it, to notice later changes; `nil` if it can't be read.
    let source: (any EntryReader)?

    /// The entry's key.
    public var key: CacheKey { listing.key }

    /// The stored response; `nil` if it can't be read or decoded.
    public var response: StoredResponse? { try? content.get() }

    /// Whether the response is stale.
    ///
    /// - Parameter date: The time to compare with.
    /// - Returns: Whether it is stale at that time; `false` if it can't be decoded.
    public func isExpired(at date: Date = Date()) -> Bool {
        guard let expires = response?.expires else { return false }
        return expires <= date
    }

    func belongs(to selection: EntrySelection, now: Date) -> Bool {
        if let age = selection.minimumAge {
            let since = response?.createdAt ?? listing.modifiedAt
            guard now.timeIntervalSince(since) >= age.timeInterval || age <= .zero else { return false }
        }
        return switch selection.state {
        case .any: true
        case .invalid: response == nil
        case .expired: isExpired(at: now)
        case .valid: response != nil && !isExpired(at: now)
        }
    }
}

/// The entries that an operation on the cache applies to.
public struct EntrySelection: Sendable, Hashable {
    package enum State: Sendable, Hashable {
        case any
        case valid
        case expired
        case invalid
    }

    package var state: State
    package var minimumAge: Duration?

    /// All entries.
    public static let all = EntrySelection(state: .any)
    /// Entries that can be decoded and are fresh.
    public static let valid = EntrySelection(state: .valid)
    /// Entries that can be decoded and are stale.
    public static let expired = EntrySelection(state: .expired)
    /// Entries that can't be read or decoded, including those that were set aside.
    public static let invalid = EntrySelection(state: .invalid)

    /// Entries that were stored at least some time ago.
    ///
    /// For undecodable entries, the age is the time since they were written.
    ///
    /// - Parameter age: The minimum age; `.zero` selects all entries.
    /// - Returns: The selection.
    public static func olderThan(_ age: Duration) -> EntrySelection {
        EntrySelection(state: .any, minimumAge: age)
    }
}

extension Int {
    /// The sum of two sizes, or the largest number: sparse files can be as large as numbers can be.
    package func clampedSum(with other: Int) -> Int {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? .max : sum
    }
}
