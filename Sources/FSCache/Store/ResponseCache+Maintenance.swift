public import Foundation
public import HTTPTypes
internal import Logging
internal import Serializers

// MARK: - Inspecting

extension ResponseCache {
    /// Reads one stored response.
    ///
    /// The content of an entry of more than 1 GiB stays in the store.
    ///
    /// - Parameter key: Its key.
    /// - Returns: The stored response, fresh or stale; `nil` if there is none or it can't be decoded.
    public func response(for key: CacheKey) async -> StoredResponse? {
        await read(key, leavingBodiesOver: EncodedEntry.wholeByteLimit)
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
        await read(key, leavingBodiesOver: Self.smallByteCount) != nil
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
        let key = try policy.key(of: request, body: body)
        let found = await lookUp(key, for: request, policy, leavingBodiesOver: Self.smallByteCount)
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
    /// Content that is left in the store keeps its file, or what its store has instead, open until the entry is released.
    ///
    /// - Parameters:
    ///   - selection: The entries to return. Default: all, including undecodable ones.
    ///   - prefix: The first hexadecimal digits of the keys. Default: empty, for all keys.
    ///   - now: The time that decides on expiry and age.
    ///   - leavesLargeBodies: Whether the content of an entry of more than 256 KiB in the native format is left in the
    ///     store, where ``StoredResponse/content`` reads it in pieces. Default: `false`, only if the entry has more than
    ///     1 GiB.
    /// - Returns: The entries, read on demand.
    public func entries(
        _ selection: EntrySelection = .all,
        prefix: String = "",
        now: Date = Date(),
        leavingLargeBodies leavesLargeBodies: Bool = false
    ) -> some AsyncSequence<CacheEntry, any Error> {
        CacheEntries(
            cache: self,
            selection: selection,
            prefix: prefix,
            now: now,
            wholeByteLimit: leavesLargeBodies ? Self.smallByteCount : EncodedEntry.wholeByteLimit
        )
    }

    /// The URLs of stored responses.
    ///
    /// - Parameter selection: The entries to return the URLs of. Default: all that can be decoded.
    /// - Returns: The normalized URLs, sorted and without duplicates.
    /// - Throws: When the store can't be listed.
    public func urls(_ selection: EntrySelection = .all) async throws -> [String] {
        var urls: Set<String> = []
        for try await entry in entries(selection, leavingLargeBodies: true) {
            if let response = entry.response { urls.insert(response.request.url) }
        }
        return urls.sorted()
    }

    /// The number of entries, including undecodable ones.
    ///
    /// - Returns: The number of entries.
    /// - Throws: When the store can't be listed.
    public func count() async throws -> Int {
        try await capabilities.count()
    }

    /// The size of all entries, in bytes.
    ///
    /// - Returns: The sum of their sizes.
    /// - Throws: When the store can't be listed.
    public func totalBytes() async throws -> Int {
        var bytes = 0
        for try await listing in backend.list(prefix: "") {
            bytes = bytes.clampedSum(with: listing.byteCount)
        }
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
                for try await entry in entries(leavingLargeBodies: true) {
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
    /// An entry that was set aside stays while its key has a valid entry, because both would be removed together. An entry
    /// that can't be read stays, because it may be a good one.
    ///
    /// - Parameters:
    ///   - selection: The entries to delete.
    ///   - now: The time that decides on expiry and age.
    ///   - progress: Called after each entry with the number of entries processed so far. It is called once if the backend
    ///     removes expired entries without reading them.
    /// - Returns: The number of deleted entries.
    /// - Throws: When the store fails.
    @discardableResult
    public func delete(
        _ selection: EntrySelection,
        now: Date = Date(),
        progress: (Int) -> Void = { _ in }
    ) async throws -> Int {
        if selection == .expired, let expiring = capabilities.expiring {
            let deleted = try await expiring.removeExpired(before: now)
            progress(deleted)
            return deleted
        }
        var (seen, deleted) = (0, 0)
        var superseded: Set<CacheKey> = []
        for try await entry in entries(leavingLargeBodies: true) {
            if entry.belongs(to: selection, now: now) {
                if await isSuperseded(entry) {
                    superseded.insert(entry.key)
                } else if try await selection == .all ? backend.remove(entry.key) : removeUnlessChanged(entry) {
                    deleted += 1
                }
            }
            seen += 1
            progress(seen)
        }
        // Their valid entries may have been deleted meanwhile.
        for key in superseded {
            if await !holdsValid(key), try await backend.remove(key) { deleted += 1 }
        }
        return deleted
    }

    /// Removes an entry, unless it has been replaced since it was read, or can't be read.
    ///
    /// - Returns: Whether it was removed.
    func removeUnlessChanged(_ entry: CacheEntry) async throws -> Bool {
        if entry.listing.isSetAside { return try await backend.remove(entry.key) }
        guard let source = entry.source else { return false }
        return try await capabilities.replace(source, with: nil, for: entry.key)
    }

    /// Whether an entry was set aside and its key has a valid one again.
    private func isSuperseded(_ entry: CacheEntry) async -> Bool {
        guard entry.listing.isSetAside else { return false }
        return await holdsValid(entry.key)
    }

    private func holdsValid(_ key: CacheKey) async -> Bool {
        await Maintenance.run { await contains(key) }
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
