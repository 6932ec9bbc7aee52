/// A backend that can read small entries where the caller is: the way through `async` functions takes longer than that.
protocol InlineReadable: CacheBackend {
    /// Reads an entry at once, if it is small.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The entry, or why there is none.
    /// - Throws: As ``CacheBackend/read(_:)``.
    func readInline(_ key: CacheKey) throws -> InlineRead

    /// Tells what a read would find now, without reading it.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The identity with which ``readInline(_:)`` would give the entry; `nil` when it would give none, or when
    ///   only reading tells.
    func identity(of key: CacheKey) -> EntryIdentity?
}

/// What a read at once gives.
enum InlineRead {
    /// The entry, and what it can be known again by; `nil` for an entry that can't be.
    case entry(EncodedEntry, EntryIdentity?)
    case missing
    /// There is an entry that takes longer.
    case large
}
