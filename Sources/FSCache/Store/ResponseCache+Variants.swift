internal import HTTPTypes

extension ResponseCache {
    /// Looks for the response to a request: under its key, or, when that has another variant, under the variant's key
    /// (RFC 9111 §4.1).
    ///
    /// Each stored response is held to its own `Vary`.
    ///
    /// - Parameters:
    ///   - key: The request's key.
    ///   - request: The request.
    ///   - matching: The settings for redaction.
    ///   - detachesBody: Whether a large body may be left in the store, to be read piece by piece.
    /// - Returns: What there is.
    func lookup(
        _ key: CacheKey,
        for request: HTTPRequest,
        matching: RequestMatching,
        detachesBody: Bool = false
    ) async -> Lookup {
        func read(_ key: CacheKey) async -> StoredResponse? {
            detachesBody ? await open(key) : await self.read(key)
        }
        guard let primary = await read(key) else { return Lookup(key: key) }
        guard let vary = VaryNames(primary.headers) else { return Lookup(key: key, stored: primary) }
        func matches(_ stored: StoredResponse, _ vary: VaryNames?) -> Bool {
            vary?.matches(stored: stored.request.headers, new: request.headerFields, matching) ?? true
        }
        if matches(primary, vary) { return Lookup(key: key, stored: primary) }

        log(key, "another variant is stored: the response varies by \(vary.names.joined(separator: ", "))")
        // A request that no variant can match takes the primary's place when its response is stored.
        guard let variantKey = key.variant(vary, of: request.headerFields, matching) else {
            return Lookup(key: key, isOtherVariant: true)
        }
        guard let variant = await read(variantKey), matches(variant, vary),
            matches(variant, VaryNames(variant.headers))
        else { return Lookup(key: variantKey, isOtherVariant: true) }
        return Lookup(key: variantKey, stored: variant)
    }

    /// Looks for the response to a request at once; `nil` when that takes ``lookup(_:for:settings:detachesBody:)``.
    func lookupInline(_ key: CacheKey, for request: HTTPRequest, matching: RequestMatching) -> Lookup? {
        guard let read = readInline(key) else { return nil }
        guard let response = read, let vary = VaryNames(response.headers) else {
            return Lookup(key: key, stored: read)
        }
        let isMatch = vary.matches(
            stored: response.request.headers,
            new: request.headerFields,
            matching
        )
        return isMatch ? Lookup(key: key, stored: response) : nil
    }

    /// The stored variants of a request's response, none of which answers the request itself; those of which only a part
    /// is stored are left out.
    ///
    /// A store that can't be listed has none.
    ///
    /// - Parameters:
    ///   - key: The key of any of them: all lie in one shard.
    ///   - record: The request as it is stored.
    /// - Returns: At most 16 of them.
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

    /// How many variants the origin is told of at most: the entity tags of more would make a field too long.
    private static let maxListedVariants = 16
}
