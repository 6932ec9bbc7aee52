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
            let entry = try await entries(prefix: key.description).first
        {
            return entry
        }
        return try one(await entries(reference), reference)
    }

    /// All entries that a reference means: one for a key, any number for a URL.
    ///
    /// - Throws: ``CommandError`` if there is none, or more than one for a key.
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
            // A proxy stores URLs as they came, even with dot segments.
            return try await entries { entry in
                entry.response.map { $0.request.url == reference.text || matcher.matches($0.request.url) } ?? false
            }
        }
    }

    /// The entries in the order of their keys, including those set aside if their key has no other entry.
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
            let advice =
                switch reference.kind {
                case .key: "may mean any of these. Give more of its digits."
                case .url: "has these entries, for different requests. Give the key of one."
                }
            throw CommandError("\(reference.text) \(advice)\n\(Self.list(found))")
        }
        return entry
    }

    private static func list(_ candidates: [CacheEntry]) -> String {
        let limit = 10
        var table = TextTable()
        for entry in candidates.prefix(limit) {
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
