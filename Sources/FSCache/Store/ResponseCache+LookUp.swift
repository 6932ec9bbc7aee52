internal import HTTPTypes

extension ResponseCache {
    /// Looks for the response to a request: under its key, or under the key of its variant (RFC 9111 §4.1).
    ///
    /// Each stored response must match its own `Vary`. If the backend can, small entries are read without suspending.
    ///
    /// - Parameters:
    ///   - key: The request's key.
    ///   - request: The request.
    ///   - policy: The policy of the exchange.
    ///   - limit: The body of a larger entry may stay in the store, to be read in pieces.
    /// - Returns: The stored response, or the key under which to store one.
    func lookUp(
        _ key: CacheKey,
        for request: HTTPRequest,
        _ policy: CachePolicy,
        leavingBodiesOver limit: Int
    ) async -> Lookup {
        let primary = await read(key, leavingBodiesOver: limit)
        guard let primary, let vary = primary.unmatchedVary(of: request, policy.matching) else {
            return Lookup(key: key, stored: primary)
        }

        log(key, "another variant is stored: the response varies by \(vary.names.joined(separator: ", "))")
        let other = Lookup.Primary(key: key, response: primary)
        // If no variant can match the request, its response replaces the primary one.
        guard let variantKey = key.variant(vary, of: request.headerFields, policy.matching) else {
            return Lookup(key: key, primary: other)
        }
        // A variant of an earlier primary response may have been invalidated together with it.
        guard let variant = await read(variantKey, leavingBodiesOver: limit),
            variant.generation == primary.generation,
            vary.matches(stored: variant.request.headers, new: request.headerFields, policy.matching)
        else { return Lookup(key: variantKey, primary: other) }
        return Lookup(key: variantKey, stored: variant, primary: other)
    }
}
