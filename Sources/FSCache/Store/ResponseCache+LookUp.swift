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
    ///   - leavesLargeBodies: Whether a large body may stay in the store, to be read in pieces.
    /// - Returns: The stored response, or the key under which to store one.
    func lookUp(
        _ key: CacheKey,
        for request: HTTPRequest,
        _ policy: CachePolicy,
        leavesLargeBodies: Bool = false
    ) async -> Lookup {
        func matches(_ stored: StoredResponse, _ vary: VaryNames?) -> Bool {
            vary?.matches(stored: stored.request.headers, new: request.headerFields, policy.matching) ?? true
        }
        let primary = await read(key, leavesLargeBodies: leavesLargeBodies)
        guard let primary, let vary = VaryNames(primary.headers), !matches(primary, vary) else {
            return Lookup(key: key, stored: primary)
        }

        log(key, "another variant is stored: the response varies by \(vary.names.joined(separator: ", "))")
        // If no variant can match the request, its response replaces the primary one.
        guard let variantKey = key.variant(vary, of: request.headerFields, policy.matching) else {
            return Lookup(key: key, isOtherVariant: true)
        }
        guard let variant = await read(variantKey, leavesLargeBodies: leavesLargeBodies), matches(variant, vary),
            matches(variant, VaryNames(variant.headers))
        else { return Lookup(key: variantKey, isOtherVariant: true) }
        return Lookup(key: variantKey, stored: variant)
    }

    /// The variants stored for a request, to offer to the origin, without partial responses.
    ///
    /// If the store can't be listed, the result is empty.
    ///
    /// - Parameters:
    ///   - key: The key of any variant: all of them are in one shard.
    ///   - record: The request as it is stored.
    /// - Returns: At most 16 variants.
    func variants(near key: CacheKey, of record: StoredResponse.Request) async -> [StoredResponse] {
        var variants: [StoredResponse] = []
        do {
            for try await entry in entries(prefix: String(key.description.prefix(4))) {
                guard let stored = entry.response, !stored.isPartial, stored.request.url == record.url,
                    stored.request.method == record.method, stored.request.body == record.body
                else { continue }
                variants.append(stored)
                if variants.count == Self.maxListedVariants { break }
            }
        } catch {
            log(key, "the variants can't be listed: \(error)")
        }
        return variants
    }

    /// The entity tags of more variants would make the field too long.
    private static let maxListedVariants = 16
}
