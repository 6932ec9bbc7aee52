import Foundation
import HTTPTypes
import Serializers

@testable import FSCache

extension StoredResponse {
    /// A response with a body, as it is stored on 2026-01-01.
    static func sample(_ body: BodySample) -> StoredResponse {
        StoredResponse(
            request: Request(method: .get, url: "https://example.com/items?page=2", headerFields: [.accept: "*/*"]),
            status: .init(code: 200, reasonPhrase: "OK"),
            headerFields: [.contentType: body.contentType, .contentLength: "\(body.bytes.count)", .eTag: "\"v1\""],
            body: body.bytes,
            requestedAt: Date(timeIntervalSince1970: 1_767_225_600),
            receivedAt: Date(timeIntervalSince1970: 1_767_225_600.25),
            createdAt: Date(timeIntervalSince1970: 1_767_225_600.25),
            expires: Date(timeIntervalSince1970: 1_767_229_200.25)
        )
    }
}

extension CacheKey {
    static let sample = CacheKey(hashing: Data("sample".utf8))
}

extension ResponseCache {
    /// Reads an entry as a cache with all formats does.
    static func decode(_ entry: EncodedEntry, for key: CacheKey = .sample) throws -> StoredResponse {
        let serializer = try FormatUnderTest.registry.serializer(forFileExtension: entry.fileExtension)
        return try serializer.entryFormat.decode(entry.bytes, for: key)
    }
}
