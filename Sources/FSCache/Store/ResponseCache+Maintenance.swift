public import Foundation
public import HTTPTypes
internal import Logging
internal import Serializers

// MARK: - Looking

extension ResponseCache {
    /// Reads one stored response.
    ///
    /// - Parameter key: Its key.
    /// - Returns: The stored response, fresh or stale, or `nil` when there is none that can be decoded.
    public func response(for key: CacheKey) async -> StoredResponse? {
        await read(key)
    }

    /// The key of a request under the current settings, be it stored or not.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - body: Its content.
    /// - Returns: The key.
    /// - Throws: ``FSCacheError/Code/invalidURL``.
    public func key(for request: HTTPRequest, body: Data = Data()) throws(FSCacheError) -> CacheKey {
        try policy.key(of: request, body: body)
    }

    /// Whether something is stored under a key, fresh or stale.
    ///
    /// - Parameter key: The key.
    /// - Returns: Whether there is an entry that can be decoded.
    public func contains(_ key: CacheKey) async -> Bool {
        await read(key) != nil
    }

    /// Whether a response to a request is stored, fresh or stale, for the values of the fields that its `Vary` names.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - body: Its content.
    /// - Returns: Whether there is an entry that can be decoded.
    /// - Throws: ``FSCacheError/Code/invalidURL``.
    public func contains(_ request: HTTPRequest, body: Data = Data()) async throws -> Bool {
        try await storedKey(for: request, body: body) != nil
    }

    /// The key under which a response to a request is stored, fresh or stale: where the origin chooses by header fields
    /// (`Vary`), that of the variant for the request's values of them.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - body: Its content.
    /// - Returns: The key, or `nil` when there is no entry that can be decoded.
    /// - Throws: ``FSCacheError/Code/invalidURL``.
    public func storedKey(for request: HTTPRequest, body: Data = Data()) async throws -> CacheKey? {
        let policy = policy
        let found = await lookup(try policy.key(of: request, body: body), for: request, matching: policy.matching)
        return found.stored == nil ? nil : found.key
    }

    /// Whether a response to a `GET` request for a URL is stored, fresh or stale.
    ///
    /// - Parameter url: The URL.
    /// - Returns: Whether there is an entry that can be decoded.
    /// - Throws: ``FSCacheError/Code/invalidURL``.
    public func contains(url: some URLText) async throws -> Bool {
        try await contains(HTTPRequest(url: url))
    }

    /// Goes through entries, in no particular order.
    ///
    /// - Parameters:
    ///   - selection: Which ones. Default: all, those that can't be decoded included.
    ///   - prefix: Only entries whose key begins with these hexadecimal digits.
    ///   - now: The time to judge expiry and age by.
    /// - Returns: The entries, read as they are asked for.
    public func entries(
        _ selection: EntrySelection = .all,
        prefix: String = "",
        now: Date = Date()
    ) -> some AsyncSequence<CacheEntry, any Error> {
        backend.list(prefix: prefix)
            .compactMap { await self.entry($0) }
            .filter { $0.belongs(to: selection, now: now) }
    }

    /// Reads what a listing names; `nil` when it has gone meanwhile.
    private func entry(_ listing: EntryListing) async -> CacheEntry? {
        if listing.isSetAside {
            let error = FSCacheError(.storeFailed, "The entry could not be decoded and was set aside for inspection.")
            return CacheEntry(listing: listing, content: .failure(error))
        }
        do {
            guard let entry = try await backend.read(listing.key) else { return nil }
            return CacheEntry(listing: listing, content: .success(try decode(entry, for: listing.key)))
        } catch {
            return CacheEntry(listing: listing, content: .failure(error))
        }
    }

    /// The URLs of stored responses.
    ///
    /// - Parameter selection: Which entries. Default: all that can be decoded.
    /// - Returns: The normalized URLs, each once, sorted.
    /// - Throws: When the store can't be listed.
    public func urls(_ selection: EntrySelection = .all) async throws -> [String] {
        var urls: Set<String> = []
        for try await entry in entries(selection) {
            if let response = entry.response { urls.insert(response.request.url) }
        }
        return urls.sorted()
    }

    /// How many entries there are, those that can't be decoded included.
    ///
    /// - Returns: The number of entries.
    /// - Throws: When the store can't be listed.
    public func count() async throws -> Int {
        var count = 0
        for try await _ in backend.list(prefix: "") { count += 1 }
        return count
    }

    /// How many bytes the entries take, as the serializer wrote them.
    ///
    /// - Returns: The sum of their sizes.
    /// - Throws: When the store can't be listed.
    public func totalBytes() async throws -> Int {
        var bytes = 0
        for try await listing in backend.list(prefix: "") { bytes += listing.byteCount }
        return bytes
    }
}

// MARK: - Deleting

extension ResponseCache {
    /// Deletes entries by key.
    ///
    /// - Parameter keys: The keys.
    /// - Returns: How many entries there were to delete.
    /// - Throws: When the store fails.
    @discardableResult
    public func delete(keys: some Sequence<CacheKey>) async throws -> Int {
        var count = 0
        for key in keys where try await backend.remove(key) { count += 1 }
        return count
    }

    /// Deletes the responses to requests, of each every variant that its `Vary` makes.
    ///
    /// - Parameter requests: The requests; they have no content.
    /// - Returns: How many entries there were to delete.
    /// - Throws: When the store fails.
    @discardableResult
    public func delete(requests: some Sequence<HTTPRequest>) async throws -> Int {
        let policy = policy
        var count = 0
        for request in requests {
            let key = try policy.key(of: request, body: Data())
            let record = try StoredResponse.Request(request, redacting: policy.matching)
            // Variants share the shard of the key that they are variants of.
            var keys: Set<CacheKey> = [key]
            for try await entry in entries(prefix: String(key.description.prefix(4))) {
                if let stored = entry.response?.request, stored.url == record.url, stored.method == record.method {
                    keys.insert(entry.key)
                }
            }
            count += try await delete(keys: keys)
        }
        return count
    }

    /// Deletes the responses to `GET` and `HEAD` requests for URLs, of each every variant.
    ///
    /// Where header fields or a key function tell requests apart, the whole store is searched for the URLs.
    ///
    /// - Parameter urls: The URLs.
    /// - Returns: How many entries there were to delete.
    /// - Throws: ``FSCacheError`` with ``FSCacheError/Code/invalidURL``, or when the store fails.
    @discardableResult
    public func delete(urls: some Sequence<some URLText>) async throws -> Int {
        let policy = policy
        var requests: [HTTPRequest] = []
        for url in urls {
            for method in [HTTPRequest.Method.get, .head] {
                var request = try HTTPRequest(url: url)
                request.method = method
                requests.append(request)
            }
        }
        if policy.settings.keyFunction == nil, policy.settings.matchHeaders == .none {
            return try await delete(requests: requests)
        }

        let targets = Set(try requests.map { try StoredResponse.Request($0, redacting: policy.matching).url })
        var keys: [CacheKey] = []
        for try await entry in entries() {
            guard let stored = entry.response?.request, [.get, .head].contains(stored.method) else { continue }
            if targets.contains(stored.url) { keys.append(entry.key) }
        }
        return try await delete(keys: keys)
    }

    /// Deletes entries by their state or age.
    ///
    /// An entry that was set aside stays as long as a good one has taken its place that is not selected.
    ///
    /// - Parameters:
    ///   - selection: Which ones.
    ///   - now: The time to judge expiry and age by.
    ///   - progress: Called after each entry with how many have been looked at.
    /// - Returns: How many were deleted.
    /// - Throws: When the store fails.
    @discardableResult
    public func delete(
        _ selection: EntrySelection,
        now: Date = Date(),
        progress: (Int) -> Void = { _ in }
    ) async throws -> Int {
        var (seen, deleted) = (0, 0)
        for try await entry in entries() {
            if entry.belongs(to: selection, now: now), await !isSuperseded(entry),
                try await backend.remove(entry.key)
            {
                deleted += 1
            }
            seen += 1
            progress(seen)
        }
        return deleted
    }

    /// Whether an entry was set aside, and its key holds a good one again, which would be removed together with it.
    private func isSuperseded(_ entry: CacheEntry) async -> Bool {
        guard entry.listing.isSetAside else { return false }
        return await contains(entry.key)
    }

    /// Deletes all entries.
    ///
    /// Files in the directory that are not the cache's own stay.
    ///
    /// - Throws: When the store fails.
    public func clear() async throws {
        try await backend.removeAll()
    }

    /// Deletes what a successful unsafe request has made invalid (RFC 9111 §4.4).
    ///
    /// A failure is logged.
    func invalidate(_ urls: [String], after method: HTTPRequest.Method) async {
        do {
            let count = try await delete(urls: urls)
            if count > 0 { log(nil, "deleted \(count): \(method) succeeded on \(urls.joined(separator: ", "))") }
        } catch {
            statistics.count { $0.writeFailures += 1 }
            logger.warning("not invalidated after \(method)", metadata: ["error": "\(error)"])
        }
    }
}

// MARK: - Moving

extension ResponseCache {
    /// Gives all entries new times of expiry, counted from now.
    ///
    /// - Parameters:
    ///   - expiration: How long the responses may be used from now on.
    ///   - now: The time to count from.
    /// - Returns: How many entries were changed.
    /// - Throws: When the store fails.
    @discardableResult
    public func resetExpiration(_ expiration: Expiration, now: Date = Date()) async throws -> Int {
        var count = 0
        let expires = expiration.date(from: now)
        for try await entry in entries() {
            guard var response = entry.response, response.expires != expires else { continue }
            response.expires = expires
            try await backend.write(encode(response, for: entry.key), for: entry.key)
            count += 1
        }
        return count
    }

    /// Gives all entries the keys that they have under the current settings, after those have changed.
    ///
    /// What was redacted when it was stored stays so.
    ///
    /// - Returns: How many entries were moved.
    /// - Throws: When the store fails.
    @discardableResult
    public func recreateKeys() async throws -> Int {
        let policy = policy
        var count = 0
        // A moved entry may be listed again under its new key, which changes nothing more.
        for try await entry in entries() {
            guard let response = entry.response, let key = try? await newKey(of: entry, response, policy),
                key != entry.key
            else { continue }
            try await backend.write(encode(response, for: key), for: key)
            try await backend.remove(entry.key)
            count += 1
        }
        return count
    }

    /// The key that an entry has under other settings: the primary one, or that of a variant when another is there.
    private func newKey(
        of entry: CacheEntry,
        _ response: StoredResponse,
        _ policy: CachePolicy
    ) async throws -> CacheKey {
        let request = try HTTPRequest(response.request)
        let primary = try policy.key(of: request, body: response.request.body)
        guard primary != entry.key, let vary = VaryNames(response.headers),
            let variant = primary.variant(vary, of: request.headerFields, policy.matching)
        else { return primary }
        if variant == entry.key { return variant }
        return await contains(primary) ? variant : primary
    }

    /// Writes all entries anew in this cache's format.
    ///
    /// Those that are in it already are left as they are.
    ///
    /// - Parameter progress: Called after each entry with how many have been looked at.
    /// - Returns: How many entries were converted.
    /// - Throws: When the store fails. What has been converted by then stays so.
    @discardableResult
    public func convert(progress: (Int) -> Void = { _ in }) async throws -> Int {
        var (seen, converted) = (0, 0)
        for try await entry in entries() {
            if let response = entry.response, entry.listing.fileExtension != serializer.fileExtension {
                try await backend.write(encode(response, for: entry.key), for: entry.key)
                converted += 1
            }
            seen += 1
            progress(seen)
        }
        return converted
    }

    /// Takes over all entries of another cache, whatever its backend and its format are.
    ///
    /// Of an entry that both have, the other's wins.
    ///
    /// - Parameter other: The cache to copy from.
    /// - Returns: How many entries were copied.
    /// - Throws: When a store fails.
    @discardableResult
    public func update(from other: ResponseCache) async throws -> Int {
        var count = 0
        for try await entry in other.entries() {
            guard let response = entry.response else { continue }
            try await backend.write(encode(response, for: entry.key), for: entry.key)
            count += 1
        }
        return count
    }
}
