/// The result of looking for a stored response: the response, or the key under which to store one.
struct Lookup {
    var key: CacheKey
    var stored: StoredResponse?
    /// Whether the URL has stored responses, but for other values of the fields that `Vary` names.
    var isOtherVariant = false
}
