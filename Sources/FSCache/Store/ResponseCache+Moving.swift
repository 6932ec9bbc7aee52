public import Foundation
internal import HTTPTypes
internal import Logging
internal import Serializers

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
            let isRedacted = request.headerFields[.referer] == RequestMatching.redactedValue
            if isRedacted || normalized.isRedacted(body: response.request.body) { return entry.key }
        }
        let primary = try policy.key(of: request, body: response.request.body)
        guard primary != entry.key, let vary = VaryNames(response.headers),
            let variant = primary.variant(vary, of: request.headerFields, policy.matching)
        else { return primary }
        if variant == entry.key { return variant }
        return await Maintenance.run { await contains(primary) } ? variant : primary
    }

    /// Rewrites all entries in this cache's format.
    ///
    /// Entries that already have it are not changed, nor those of more than 1 GiB, which only the native format can hold.
    ///
    /// - Parameter progress: Called after each entry with the number of entries processed so far.
    /// - Returns: The number of converted entries.
    /// - Throws: When the store fails. Entries that have been converted by then stay converted.
    @discardableResult
    public func convert(progress: (Int) -> Void = { _ in }) async throws -> Int {
        var (seen, converted) = (0, 0)
        for try await entry in entries() {
            if let response = entry.response, entry.listing.fileExtension != serializer.fileExtension,
                response.content.bytes != nil, try await replace(entry, with: response)
            {
                converted += 1
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
            } else if entry.source == nil, !entry.listing.isSetAside, case .failure(let error) = entry.content {
                warn("not copied: the entry can't be read", entry.key, error)
            }
            seen += 1
            progress(seen)
        }
        return copied
    }

    // The cache may be in use: what other requests have stored or deleted meanwhile counts.

    /// Replaces or removes an entry, unless it has been changed or deleted since it was read.
    ///
    /// - Returns: Whether it was changed.
    private func replace(_ entry: CacheEntry, with response: StoredResponse?) async throws -> Bool {
        guard let source = entry.source else { return false }
        return try await replace(source, with: response, for: entry.key, in: format)
    }

    /// Replaces or removes an entry, unless it has been changed since it was read or opened.
    ///
    /// - Returns: Whether it was changed.
    private func replace(
        _ old: (any EntryReader)?,
        with response: StoredResponse?,
        for key: CacheKey,
        in format: any EntryFormat
    ) async throws -> Bool {
        guard let response, response.content.bytes == nil else {
            let new = try response.map { response in
                let bytes = try format.encode(response, for: key)
                return EncodedEntry(bytes: bytes, fileExtension: format.fileExtension, expires: response.expires)
            }
            return try await capabilities.replace(old, with: new, for: key)
        }
        guard format.streamsBodies || (settings.storesLargeBodiesNatively && format.allowsNativeBodies) else {
            let reason = "It has more than 1 GiB, and this cache doesn't store large bodies in the native format."
            warn("not stored", key, FSCacheError(.entryTooLarge, reason))
            return false
        }
        let writer = try await makeWriter(copying: response, key)
        // Between this and the commit, another process may still write. Entries of this size are rarely written.
        guard try await capabilities.holds(old, for: key) else { return false }
        try await writer.commit()
        return true
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
        let existing = await Maintenance.run { await read(key, leavingBodiesOver: Self.smallByteCount) }
        if let existing, existing.receivedAt > response.receivedAt { return false }
        let current = try await Maintenance.run { try await open(key, leavingBodiesOver: Self.smallByteCount) }
        if let current, try self.response(of: current, for: key).receivedAt > response.receivedAt { return false }
        return try await replace(current?.source, with: response, for: key, in: format)
    }
}
