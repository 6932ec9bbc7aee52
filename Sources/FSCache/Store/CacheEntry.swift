public import Foundation

/// An entry of the cache, as maintenance sees it: decoded, or with the reason why it can't be.
public struct CacheEntry: Sendable {
    /// What the backend tells about it.
    public let listing: EntryListing
    /// The stored response, or why it can't be decoded.
    public let content: Result<StoredResponse, any Error>

    /// The entry's key.
    public var key: CacheKey { listing.key }

    /// The stored response; `nil` when it can't be decoded.
    public var response: StoredResponse? { try? content.get() }

    /// Whether the response is stale.
    ///
    /// - Parameter date: The time to judge by.
    /// - Returns: Whether it is stale by then; `false` when it can't be decoded.
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
