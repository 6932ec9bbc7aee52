/// Which entries an operation on the cache is about.
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
    /// Entries that can be decoded and are not stale.
    public static let valid = EntrySelection(state: .valid)
    /// Entries that can be decoded and are stale.
    public static let expired = EntrySelection(state: .expired)
    /// Entries that can't be decoded, those that were set aside for it included.
    public static let invalid = EntrySelection(state: .invalid)

    /// Entries that were stored at least some time ago, or can't be decoded and were written at least that long ago.
    ///
    /// - Parameter age: The least time since; `.zero` selects all.
    /// - Returns: The selection.
    public static func olderThan(_ age: Duration) -> EntrySelection {
        EntrySelection(state: .any, minimumAge: age)
    }
}
