/// A backend that can read small entries where the caller is: the way through `async` functions takes longer than that.
protocol InlineReadable: CacheBackend {
    /// Reads an entry at once, if it is small.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The entry, or why there is none.
    /// - Throws: As ``CacheBackend/read(_:)``.
    func readInline(_ key: CacheKey) throws -> InlineRead
}

/// What a read at once gives.
enum InlineRead {
    case entry(EncodedEntry)
    case missing
    /// There is an entry that takes longer.
    case large
}
