public import Foundation
public import HTTPTypes
internal import Logging
internal import Serializers

// MARK: - Inspecting

extension ResponseCache {
    /// Reads one stored response.
    ///
    /// - Parameter key: Its key.
    /// - Returns: The stored response, fresh or stale; `nil` if there is none or it can't be decoded.
    public func response(for key: CacheKey) async -> StoredResponse? {
        await read(key)
    }

    /// The key of a request under the current settings, whether or not a response is stored.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - body: Its content.
    /// - Returns: The key.
    /// - Throws: ``FSCacheError/Code/invalidURL``.
    public func key(for request: HTTPRequest, body: Data = Data()) throws(FSCacheError) -> CacheKey {
        try policy.key(of: request, body: body)
    }

    /// Whether a response is stored under a key, fresh or stale.
    ///
    /// - Parameter key: The key.
    /// - Returns: Whether there is an entry that can be decoded.
    public func contains(_ key: CacheKey) async -> Bool {
        await read(key) != nil
    }

    /// Whether a response to a request is stored, fresh or stale.
    ///
    /// The header fields that the response's `Vary` names must match.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - body: Its content.
    /// - Returns: Whether there is an entry that can be decoded.
    /// - Throws: ``FSCacheError/Code/invalidURL``.
    public func contains(_ request: HTTPRequest, body: Data = Data()) async throws -> Bool {
        try await storedKey(for: request, body: body) != nil
    }

    /// The key under which a response to a request is stored, fresh or stale.
    ///
    /// If the response has a `Vary` field, this is the key of the request's variant.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - body: Its content.
    /// - Returns: The key, or `nil` if there is no entry that can be decoded.
    /// - Throws: ``FSCacheError/Code/invalidURL``.
    public func storedKey(for request: HTTPRequest, body: Data = Data()) async throws -> CacheKey? {
        let policy = policy
        let found = await lookUp(try policy.key(of: request, body: body), for: request, policy)
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

    /// The entries, in no particular order.
    ///
    /// - Parameters:
    ///   - selection: The entries to return. Default: all, including undecodable ones.
    ///   - prefix: The first hexadecimal digits of the keys. Default: empty, for all keys.
    ///   - now: The time that decides on expiry and age.
    /// - Returns: The entries, read on demand.
    public func entries(
        _ selection: EntrySelection = .all,
        prefix: String = "",
        now: Date = Date()
    ) -> some AsyncSequence<CacheEntry, any Error> {
        backend.list(prefix: prefix)
            .compactMap { await self.entry($0) }
            .filter { $0.belongs(to: selection, now: now) }
    }

    /// Reads a listed entry; `nil` if it has been removed in the meantime.
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
    /// - Parameter selection: The entries to return the URLs of. Default: all that can be decoded.
    /// - Returns: The normalized URLs, sorted and without duplicates.
    /// - Throws: When the store can't be listed.
    public func urls(_ selection: EntrySelection = .all) async throws -> [String] {
        var urls: Set<String> = []
        for try await entry in entries(selection) {
            if let response = entry.response { urls.insert(response.request.url) }
        }
        return urls.sorted()
    }

    /// The number of entries, including undecodable ones.
    ///
    /// - Returns: The number of entries.
    /// - Throws: When the store can't be listed.
    public func count() async throws -> Int {
        var count = 0
        for try await _ in backend.list(prefix: "") { count += 1 }
        return count
    }

    /// The size of all entries, in bytes.
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
    /// - Returns: The number of deleted entries.
    /// - Throws: When the store fails.
    @discardableResult
    public func delete(keys: some Sequence<CacheKey>) async throws -> Int {
        var count = 0
        for key in keys where try await backend.remove(key) { count += 1 }
        return count
    }

    /// Deletes the responses to requests, whoever made them: with any header fields and any content.
    ///
    /// No entry is read, because the keys for a method and URL begin with the same digits. With a
    /// ``CacheSettings/keyFunction``, all entries are read to compare their methods and URLs.
    ///
    /// - Parameter requests: The requests.
    /// - Returns: The number of deleted entries.
    /// - Throws: When the store fails.
    @discardableResult
    public func delete(requests: some Sequence<HTTPRequest>) async throws -> Int {
        let policy = policy
        var count = 0
        for request in requests {
            var keys: Set<CacheKey> = []
            if let prefix = try policy.keyPrefix(of: request) {
                for try await listing in backend.list(prefix: prefix) { keys.insert(listing.key) }
            } else {
                let record = try StoredResponse.Request(request, redacting: policy.matching)
                for try await entry in entries() {
                    if let stored = entry.response?.request, stored.url == record.url, stored.method == record.method {
                        keys.insert(entry.key)
                    }
                }
                keys.insert(try policy.key(of: request, body: Data()))
            }
            count += try await delete(keys: keys)
        }
        return count
    }

    /// Deletes the responses to `GET` and `HEAD` requests for URLs, whoever made them.
    ///
    /// It deletes like ``delete(requests:)``.
    ///
    /// - Parameter urls: The URLs.
    /// - Returns: The number of deleted entries.
    /// - Throws: ``FSCacheError`` with ``FSCacheError/Code/invalidURL``, or when the store fails.
    @discardableResult
    public func delete(urls: some Sequence<some URLText>) async throws -> Int {
        try await delete(requests: try Self.reads(of: urls))
    }

    /// Deletes entries by their state or age.
    ///
    /// An entry that was set aside stays while its key has a valid entry, because both would be removed together.
    ///
    /// - Parameters:
    ///   - selection: The entries to delete.
    ///   - now: The time that decides on expiry and age.
    ///   - progress: Called after each entry with the number of entries processed so far.
    /// - Returns: The number of deleted entries.
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

    /// Whether an entry was set aside and its key has a valid one again.
    private func isSuperseded(_ entry: CacheEntry) async -> Bool {
        guard entry.listing.isSetAside else { return false }
        return await contains(entry.key)
    }

    /// Deletes all entries.
    ///
    /// Files in the directory that don't belong to the cache stay.
    ///
    /// - Throws: When the store fails.
    public func clear() async throws {
        try await capabilities.removeAll()
    }

    /// Deletes the responses that a successful unsafe request invalidates (RFC 9111 §4.4).
    ///
    /// A failure is logged.
    func invalidate(_ urls: [String], after method: HTTPRequest.Method) async {
        do {
            let requests = try Self.reads(of: urls, isVerbatim: !policy.settings.urlMatching.isNormalized)
            for request in requests { invalidations.add(try policy.key(of: request, body: Data())) }
            // Without rules for the keys, all of the store would have to be searched.
            let count =
                policy.settings.keyFunction == nil
                ? try await delete(requests: requests)
                : try await delete(keys: requests.map { try policy.key(of: $0, body: Data()) })
            let targets = try requests.map { try StoredResponse.Request($0, redacting: policy.matching).url }
            if count > 0 {
                log(nil, "deleted \(count): \(method) succeeded on \(Set(targets).sorted().joined(separator: ", "))")
            }
        } catch {
            record { $0.writeFailures += 1 }
            warn("not invalidated after \(method)", nil, error)
        }
    }

    /// The `GET` and `HEAD` requests for URLs.
    private static func reads(
        of urls: some Sequence<some URLText>,
        isVerbatim: Bool = false
    ) throws(FSCacheError) -> [HTTPRequest] {
        var requests: [HTTPRequest] = []
        for url in urls {
            var request = try HTTPRequest(url: url)
            if isVerbatim, let text = url as? String, let start = text.firstRange(of: "://")?.upperBound {
                request.path = text[start...].firstIndex(of: "/").map { String(text[$0...]) }
            }
            requests.append(request)
            request.method = .head
            requests.append(request)
        }
        return requests
    }
}

// MARK: - Moving

extension ResponseCache {
    /// Sets new expiry times for all entries.
    ///
    /// - Parameters:
    ///   - expiration: How long the responses may be used, from now.
    ///   - now: The current time.
    /// - Returns: The number of changed entries.
    /// - Throws: When the store fails.
    @discardableResult
    public func resetExpiration(_ expiration: Expiration, now: Date = Date()) async throws -> Int {
        var count = 0
        let expires = expiration.date(from: now)
        for try await entry in entries() {
            guard var response = entry.response, response.expires != expires else { continue }
            response.expires = expires
            if try await replace(entry, with: response) { count += 1 }
        }
        return count
    }

    /// Moves all entries to their keys under the current settings, after the settings have changed.
    ///
    /// Redacted values stay redacted.
    ///
    /// - Returns: The number of moved entries.
    /// - Throws: When the store fails.
    @discardableResult
    public func recreateKeys() async throws -> Int {
        let policy = policy
        var count = 0
        // A moved entry may be listed again under its new key, where it stays.
        for try await entry in entries() {
            guard let response = entry.response, let key = try? await newKey(of: entry, response, policy),
                key != entry.key, try await replace(entry, with: nil)
            else { continue }
            try await writeUnlessNewerExists(response, for: key, in: format)
            count += 1
        }
        return count
    }

    /// The key of an entry under new settings: the primary key, or the variant's key if the primary one is taken.
    private func newKey(
        of entry: CacheEntry,
        _ response: StoredResponse,
        _ policy: CachePolicy
    ) async throws -> CacheKey {
        let request = try HTTPRequest(response.request)
        if policy.settings.keyFunction == nil {
            let normalized = try NormalizedRequest(request, body: response.request.body, matching: policy.matching)
            if normalized.isRedacted(body: response.request.body) { return entry.key }
        }
        let primary = try policy.key(of: request, body: response.request.body)
        guard primary != entry.key, let vary = VaryNames(response.headers),
            let variant = primary.variant(vary, of: request.headerFields, policy.matching)
        else { return primary }
        if variant == entry.key { return variant }
        return await contains(primary) ? variant : primary
    }

    /// Rewrites all entries in this cache's format.
    ///
    /// Entries that already have it are not changed.
    ///
    /// - Parameter progress: Called after each entry with the number of entries processed so far.
    /// - Returns: The number of converted entries.
    /// - Throws: When the store fails. Entries that have been converted by then stay converted.
    @discardableResult
    public func convert(progress: (Int) -> Void = { _ in }) async throws -> Int {
        var (seen, converted) = (0, 0)
        for try await entry in entries() {
            if let response = entry.response, entry.listing.fileExtension != serializer.fileExtension {
                if try await replace(entry, with: response) { converted += 1 }
            }
            seen += 1
            progress(seen)
        }
        return converted
    }

    /// Copies all entries of another cache, which may have another backend and another format.
    ///
    /// They replace existing entries, except those whose responses were received later.
    ///
    /// - Parameters:
    ///   - other: The cache to copy from.
    ///   - keepsFormats: Whether each entry keeps its format instead of getting this cache's. Default: `false`.
    ///   - progress: Called after each entry with the number of entries processed so far.
    /// - Returns: The number of copied entries.
    /// - Throws: When a store fails.
    @discardableResult
    public func update(
        from other: ResponseCache,
        keepingFormats keepsFormats: Bool = false,
        progress: (Int) -> Void = { _ in }
    ) async throws -> Int {
        var (seen, copied) = (0, 0)
        for try await entry in other.entries() {
            if let response = entry.response {
                let format = keepsFormats ? try other.format(forFileExtension: entry.listing.fileExtension) : format
                if try await writeUnlessNewerExists(response, for: entry.key, in: format) { copied += 1 }
            }
            seen += 1
            progress(seen)
        }
        return copied
    }

    // The cache may be in use: what other requests have stored or deleted meanwhile counts.

    /// Replaces or removes an entry, unless it has been changed or deleted since it was listed.
    ///
    /// - Returns: Whether it was changed.
    private func replace(_ entry: CacheEntry, with response: StoredResponse?) async throws -> Bool {
        guard let current = try await backend.read(entry.key),
            (try? decode(current, for: entry.key)) == entry.response
        else { return false }
        let new = try response.map { try encode($0, for: entry.key) }
        return try await capabilities.replace(current, with: new, for: entry.key)
    }

    /// Writes a response, unless the key has one that was received later, or is changed meanwhile.
    ///
    /// - Returns: Whether it was written.
    @discardableResult
    private func writeUnlessNewerExists(
        _ response: StoredResponse,
        for key: CacheKey,
        in format: any EntryFormat
    ) async throws -> Bool {
        // This sets aside an entry that can't be decoded.
        if let existing = await read(key), existing.receivedAt > response.receivedAt { return false }
        let current = try await backend.read(key)
        if let current, try decode(current, for: key).receivedAt > response.receivedAt { return false }
        let new = EncodedEntry(bytes: try format.encode(response, for: key), fileExtension: format.fileExtension)
        return try await capabilities.replace(current, with: new, for: key)
    }
}
