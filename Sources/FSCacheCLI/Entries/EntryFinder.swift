import ArgumentParser
import FSCache
import Foundation
import HTTPTypes

/// An argument that refers to entries.
struct EntryReference {
    enum Kind {
        /// The first digits of a key, or all of them.
        case key(prefix: String)
        case url(HTTPRequest)
    }

    let text: String
    let kind: Kind

    /// Reads the argument.
    init(argument: String) throws {
        text = argument
        if (1...64).contains(argument.utf8.count), argument.allSatisfy({ $0.isASCII && $0.isHexDigit }) {
            kind = .key(prefix: argument.lowercased())
        } else if argument.contains("://") {
            kind = .url(try HTTPRequest(argument: argument))
        } else {
            throw ValidationError(
                "\(argument.debugDescription) is neither a key (up to 64 digits 0-9a-f) nor a URL."
            )
        }
    }
}

/// Finds the entries that arguments refer to.
struct EntryFinder {
    let opened: OpenCache

    private var cache: ResponseCache { opened.cache }

    /// The only entry that a reference means.
    ///
    /// - Throws: ``CommandError`` if there is none, or more than one.
    func entry(_ reference: EntryReference) async throws -> CacheEntry {
        if case .url(let request) = reference.kind, let key = try await cache.storedKey(for: request),
            let entry = try await entry(of: key)
        {
            return entry
        }
        let key = try await one(await keys(reference), reference)
        guard let entry = try await entry(of: key) else { throw nothing(reference) }
        return entry
    }

    /// The keys of all entries that a reference means: one for a key, any number for a URL.
    ///
    /// - Throws: ``CommandError`` if there is none, or more than one for a key.
    func keysToRemove(_ reference: EntryReference) async throws -> [CacheKey] {
        let found = try await keys(reference)
        if case .url = reference.kind, !found.isEmpty { return found }
        return [try await one(found, reference)]
    }

    private func keys(_ reference: EntryReference) async throws -> [CacheKey] {
        var keys: Set<CacheKey> = []
        switch reference.kind {
        case .key(let prefix):
            for try await listing in cache.backend.list(prefix: prefix) { keys.insert(listing.key) }
        case .url(let request):
            let matcher = try StoredURLMatcher(request)
            for try await entry in cache.entries(leavingLargeBodies: true) {
                guard let url = entry.response?.request.url else { continue }
                // A proxy stores URLs as they came, even with dot segments.
                if url == reference.text || matcher.matches(url) { keys.insert(entry.key) }
            }
        }
        return keys.sorted()
    }

    /// The entry of a key, or the one set aside if there is no other.
    private func entry(of key: CacheKey) async throws -> CacheEntry? {
        var found: CacheEntry?
        for try await entry in cache.entries(prefix: key.description, leavingLargeBodies: true)
        where found == nil || !entry.listing.isSetAside {
            found = entry
        }
        return found
    }

    private func nothing(_ reference: EntryReference) -> CommandError {
        let reason = opened.exists ? "" : ": there is no cache"
        return CommandError("Nothing is stored for \(reference.text) in \(opened.path)\(reason).")
    }

    private func one(_ found: [CacheKey], _ reference: EntryReference) async throws -> CacheKey {
        guard let key = found.first else { throw nothing(reference) }
        guard found.count == 1 else {
            let advice =
                switch reference.kind {
                case .key: "may mean any of these. Give more of its digits."
                case .url: "has these entries, for different requests. Give the key of one."
                }
            throw CommandError("\(reference.text) \(advice)\n\(try await list(found))")
        }
        return key
    }

    private func list(_ candidates: [CacheKey]) async throws -> String {
        let limit = 10
        var table = TextTable()
        for key in candidates.prefix(limit) {
            guard let entry = try await entry(of: key) else { continue }
            let row = EntryRow(entry)
            let fields = entry.response?.request.headerFields.map { "\($0.name): \($0.value)" } ?? []
            let url = row.url ?? "(can't be decoded)"
            table.append(["  \(row.key)", row.method ?? "-", ([url] + fields).joined(separator: "  ")])
        }
        let more = candidates.count > limit ? "  and \(candidates.count - limit) more\n" : ""
        return String((table.text + more).dropLast())
    }
}

/// Finds the entries for a URL, with any method, header fields and ignored parameters.
struct StoredURLMatcher {
    private let request: HTTPRequest
    /// The URL as it is stored under default settings, and by a proxy.
    private let urls: [String]
    /// The beginnings of these, up to the query.
    private let pages: Set<Substring>

    init(_ request: HTTPRequest) throws {
        self.request = HTTPRequest(
            method: .get,
            scheme: request.scheme,
            authority: request.authority,
            path: request.path
        )
        self.urls = try [URLMatching.sortedQuery, .normalized, .verbatim].map { urlMatching in
            let matching = RequestMatching(CacheSettings(urlMatching: urlMatching))
            return try StoredResponse.Request(request, redacting: matching).url
        }
        self.pages = Set(urls.map(Self.page))
    }

    /// Whether a stored URL equals the URL, except for parameters whose values were redacted.
    func matches(_ stored: String) -> Bool {
        if urls.contains(stored) { return true }
        guard pages.contains(Self.page(of: stored)) else { return false }
        let redacted = Self.redactedNames(stored)
        let settings = CacheSettings(ignoredParameters: redacted)
        guard !redacted.isEmpty, let storedRequest = try? HTTPRequest(url: stored),
            let one = try? NormalizedRequest(storedRequest, settings: settings),
            let other = try? NormalizedRequest(request, settings: settings)
        else { return false }
        return one == other
    }

    private static func page(of url: String) -> Substring { url.prefix { $0 != "?" } }

    private static func redactedNames(_ url: String) -> [String] {
        guard let query = url.firstIndex(of: "?") else { return [] }
        return url[query...].dropFirst().split(separator: "&").compactMap { parameter in
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[1] == RequestMatching.redactedValue else { return nil }
            return parts[0].removingPercentEncoding
        }
    }
}
