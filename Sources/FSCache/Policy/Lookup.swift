/// The result of a lookup in the store: the stored response that a request selects, or the key to store one under.
struct Lookup: Sendable {
    /// The response that was stored first for a request, and whose `Vary` a new request doesn't match.
    struct Primary: Sendable {
        var key: CacheKey
        var response: StoredResponse
    }

    /// The key of the stored response, or of the one to store.
    var key: CacheKey
    /// The stored response that the request selects; `nil` for a miss.
    var stored: StoredResponse?
    /// The response under the key of the request, if it is another variant.
    var primary: Primary?
}
