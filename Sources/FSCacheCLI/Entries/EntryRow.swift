import FSCache
import Foundation
import HTTPTypes
import Serializers

/// An entry in the output of `ls --json`.
///
/// The members are stable, because programs read them.
struct EntryRow: Encodable {
    let key: String
    /// The method of the request; `nil`, like all content, if the entry can't be decoded.
    let method: String?
    /// The normalized URL.
    let url: String?
    let status: Int?
    /// The size of the entry's file.
    let bytes: Int
    /// When the response was first stored.
    let created: Date?
    /// When it becomes stale, or `nil` for never.
    let expires: Date?
    let serializer: String
    let path: String?

    init(_ entry: CacheEntry, registry: SerializerRegistry = .standard) {
        let response = entry.response
        let fileExtension = entry.listing.fileExtension
        key = entry.key.description
        method = response?.request.method.rawValue
        url = response?.request.url
        status = response?.status.code
        bytes = entry.listing.byteCount
        created = response?.createdAt
        expires = response?.expires
        serializer = (try? registry.serializer(forFileExtension: fileExtension).name) ?? fileExtension
        path = entry.listing.path
    }

    private enum CodingKeys: CodingKey {
        case key, method, url, status, bytes, created, expires, serializer, path
    }

    /// Writes every member, including those that are `null`.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(key, forKey: .key)
        try container.encode(method, forKey: .method)
        try container.encode(url, forKey: .url)
        try container.encode(status, forKey: .status)
        try container.encode(bytes, forKey: .bytes)
        try container.encode(created.map(Readable.exactTime), forKey: .created)
        try container.encode(expires.map(Readable.exactTime), forKey: .expires)
        try container.encode(serializer, forKey: .serializer)
        try container.encode(path, forKey: .path)
    }
}

extension CacheEntry {
    /// The reason why the entry can't be decoded, or empty text.
    var failureText: String {
        guard case .failure(let error) = content else { return "" }
        return "\(CommandError.readable(error))"
    }
}
