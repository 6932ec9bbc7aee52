import FSCache
import Foundation
import HTTPTypes
import Serializers
import TestSupport

extension Tool {
    /// A date so long ago that every entry with an expiry has expired.
    static let longAgo = Date(timeIntervalSince1970: 1_577_836_800)

    /// The paths of the entries' files in a folder.
    func entryFiles(in folder: URL? = nil) -> [String] {
        let folder = folder ?? cacheFolder
        let names = FileManager.default.enumerator(atPath: folder.path()) ?? FileManager.DirectoryEnumerator()
        return names.compactMap { $0 as? String }
            .filter { $0.split(separator: "/").count == 3 }
            .map { folder.appending(path: $0).path() }
            .sorted()
    }

    /// Whether the cache's folder exists.
    var hasCache: Bool { FileManager.default.fileExists(atPath: cacheFolder.path()) }

    /// Stores a response through the library at a date.
    ///
    /// - Returns: The key.
    @discardableResult
    func store(
        _ url: URL,
        method: HTTPRequest.Method = .get,
        status: Int = 200,
        fields: HTTPFields = [.contentType: "text/plain"],
        body: String = "stored",
        at date: Date = longAgo,
        expireAfter: Expiration = .never,
        serializer: any Serializer = .native
    ) async throws -> CacheKey {
        var settings = CacheSettings()
        settings.expireAfter = expireAfter
        settings.allowableMethods = [method]
        settings.allowableCodes = [status]
        func makeCache(_ serializer: some Serializer) throws -> ResponseCache {
            try ResponseCache(cacheFolder.path(), serializer: serializer, settings: settings)
        }
        let session = CachedSession(
            cache: try makeCache(serializer),
            transport: ScriptedTransport { _ in TransportResponse(status, fields, body: body) },
            now: { date }
        )
        let response = try await session.request(method, url)
        await session.close()
        guard let key = response.cacheKey, response.cacheStatus.isStored else {
            throw ToolError(description: "\(url) was not stored: \(response.cacheStatus)")
        }
        return key
    }

    /// Stores an entry that can't be decoded.
    ///
    /// - Returns: The key.
    @discardableResult
    func storeDamaged(_ url: URL) async throws -> CacheKey {
        let key = try await store(url)
        let files = entryFiles().filter { $0.contains(key.description) }
        try Data("damaged".utf8).write(to: URL(filePath: files[0]))
        return key
    }

    /// The stored responses, read through the library.
    func responses() async throws -> [CacheKey: StoredResponse] {
        let cache = try ResponseCache(cacheFolder.path())
        return try await cache.entries().reduce(into: [:]) { $0[$1.key] = try $1.content.get() }
    }

    /// The entries that `ls --json` lists.
    func list(_ arguments: String...) async throws -> [ListedEntry] {
        let outcome = try await run(Tool.executable, ["ls", "--json"] + arguments)
        guard outcome.status == 0 else { throw ToolError(description: outcome.errors) }
        let decoder = JSONDecoder()
        return try outcome.output.split(separator: UInt8(ascii: "\n")).map { line in
            try decoder.decode(ListedEntry.self, from: line)
        }
    }
}

/// A line of `ls --json`.
struct ListedEntry: Decodable {
    var key: String
    var method: String?
    var url: String?
    var status: Int?
    var bytes: Int
    var created: String?
    var expires: String?
    var serializer: String
    var path: String?

    /// The freshness lifetime in seconds of the response when it was stored.
    var lifetime: Double? {
        guard let created = created.flatMap(Self.date), let expires = expires.flatMap(Self.date) else { return nil }
        return expires.timeIntervalSince(created)
    }

    private static func date(_ text: String) -> Date? {
        try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}

struct ToolError: Error, CustomStringConvertible {
    var description: String
}
