/// The result of a lookup in the store: the stored response that a request selects, or the key to store one under.
struct Lookup: Sendable {
    /// The key of the stored response, or of the one to store.
    var key: CacheKey
    /// The stored response that the request selects; `nil` for a miss.
    var stored: StoredResponse?
    /// Whether responses are stored for the URL, but only for other values of the fields that `Vary` names.
    var isOtherVariant = false
}
