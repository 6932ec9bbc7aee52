import FSCache

/// Finds the entries that a command line names.
struct EntryFinder {
    let opened: OpenCache

    private var cache: ResponseCache { opened.cache }

    /// The one entry that is meant.
    ///
    /// - Throws: ``CommandError`` when there is none, or more than one.
    func entry(_ reference: EntryReference) async throws -> CacheEntry {
        if case .url(let request) = reference.kind, let key = try await cache.storedKey(for: request),
            let entry = try await entries(prefix: key.description).first
        {
            return entry
        }
        return try one(await entries(reference), reference)
    }

    /// All entries that are meant: one for a key, any number for a URL.
    ///
    /// - Throws: ``CommandError`` when there is none, or more than one for a key.
    func entriesToRemove(_ reference: EntryReference) async throws -> [CacheEntry] {
        let found = try await entries(reference)
        if case .url = reference.kind, !found.isEmpty { return found }
        return [try one(found, reference)]
    }

    private func entries(_ reference: EntryReference) async throws -> [CacheEntry] {
        switch reference.kind {
        case .key(let prefix):
            return try await entries(prefix: prefix)
        case .url(let request):
            let matcher = try StoredURLMatcher(request)
            return try await entries { entry in entry.response.map { matcher.matches($0.request.url) } ?? false }
        }
    }

    /// Entries by their keys, each key once: one that was set aside counts only where there is no other.
    private func entries(
        prefix: String = "",
        where isWanted: (CacheEntry) -> Bool = { _ in true }
    ) async throws -> [CacheEntry] {
        var entries: [CacheKey: CacheEntry] = [:]
        for try await entry in cache.entries(prefix: prefix) where isWanted(entry) {
            if entries[entry.key] == nil || !entry.listing.isSetAside { entries[entry.key] = entry }
        }
        return entries.values.sorted { $0.key < $1.key }
    }

    private func one(_ found: [CacheEntry], _ reference: EntryReference) throws -> CacheEntry {
        guard let entry = found.first else {
            let reason = opened.exists ? "" : ": there is no cache"
            throw CommandError("Nothing is stored for \(reference.text) in \(opened.path)\(reason).")
        }
        guard found.count == 1 else {
            throw CommandError("\(reference.text) may mean any of these. Give more of the key.\n\(Self.list(found))")
        }
        return entry
    }

    private static func list(_ candidates: [CacheEntry]) -> String {
        let limit = 10
        var table = TextTable()
        for entry in candidates.prefix(limit) {
            let row = EntryRow(entry)
            table.append(["  \(row.key)", row.method ?? "-", row.url ?? "(can't be decoded)"])
        }
        let more = candidates.count > limit ? "  and \(candidates.count - limit) more\n" : ""
        return String((table.text + more).dropLast())
    }
}
