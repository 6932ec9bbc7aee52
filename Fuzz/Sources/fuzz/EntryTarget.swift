import Crypto
import Dispatch
import Foundation
import HTTPTypes
import Logging
import Serializers

@testable import FSCache

/// Reads any input as an entry of a cache.
///
/// It must be a miss or a response. A response must stay equal when it is stored in each format, and a session must be
/// able to serve, validate or fetch it. Reading a native entry in pieces must give the same response as at once. Reading BSON without `Codable` must give the same response as with `Codable`.
///
/// The first byte of the input selects a format for the rest: an entry in one of the formats, or the head of a native
/// entry, which gets valid checksums.
enum EntryTarget {
    /// Answers validation requests with 304, and others with new content.
    private struct Origin: HTTPTransport {
        func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse {
            let isConditional = [.ifNoneMatch, .ifModifiedSince].contains { request.headerFields.contains($0) }
            var head = HTTPResponse(status: isConditional ? .notModified : .ok)
            head.headerFields = [.eTag: "\"new\"", .cacheControl: "max-age=60", .age: "1"]
            return TransportResponse(head: head, body: MessageBody(Data((isConditional ? "" : "new").utf8)))
        }
    }

    /// An entry that only `Codable` can decode, because it is not the root.
    private struct Wrapped: Decodable {
        let record: EntryRecord
    }

    private static let bson = BSONSerializer()
    static let formats: [any Serializer] = [NativeSerializer(), JSONSerializer(), YAMLSerializer(), bson]
    static let key = CacheKey(digest: SHA256.hash(data: Data()))
    private static let entryFormats = formats.map(\.entryFormat)
    private static let time = Date(timeIntervalSince1970: 1_700_000_000)
    private static let session = CachedSession(
        cache: ResponseCache(
            backend: MemoryBackend(),
            settings: settings,
            logger: Logger(label: "fuzz", factory: { _ in SwiftLogNoOpLogHandler() })
        ),
        transport: Origin(),
        now: { time }
    )

    private static var settings: CacheSettings {
        var settings = CacheSettings()
        settings.keyFunction = { _, _ in key }
        settings.maxRedirects = 2
        return settings
    }

    static func check(_ data: Data) {
        guard let choice = data.first.map(Int.init) else { return }
        let rest = Data(data.dropFirst())
        let entry =
            formats.indices.contains(choice)
            ? EncodedEntry(bytes: rest, fileExtension: formats[choice].fileExtension)
            : EncodedEntry(bytes: nativeEntry(head: rest), fileExtension: formats[0].fileExtension)

        if entry.fileExtension == bson.fileExtension { checkView(of: rest) }

        let isDone = DispatchSemaphore(value: 0)
        Task {
            await check(entry)
            isDone.signal()
        }
        isDone.wait()
    }

    private static func checkView(of data: Data) {
        func response(_ record: () throws -> EntryRecord) -> StoredResponse? {
            try? record().response(for: key, allowsEdits: true)
        }
        guard let document = try? bson.document(from: data),
            let wrapped = try? bson.bytes(of: .map([Document.Member("record", document)]))
        else { return }
        let seen = response { try bson.decode(EntryRecord.self, from: data) }
        guard seen == response({ try bson.decode(Wrapped.self, from: wrapped).record }) else {
            found("Reading BSON by a view and by Codable gives different entries.")
        }
    }

    private static func checkPieces(of entry: EncodedEntry) async {
        let whole = try? NativeFormat().decode(entry.bytes, for: key)
        // Without a usable head, the cache reads it at once.
        guard let reader = try? await NativeEntryReader(entry, for: key) else { return }
        var response = reader.response
        let body = MessageBody(NativeEntryContent(reader) {})
        guard let bytes = try? await body.collect() else {
            if whole != nil { found("The body of a native entry can be read only at once.") }
            return
        }
        response.body = bytes
        guard response == whole else { found("A native entry in pieces is another response than at once.") }
    }

    private static func check(_ entry: EncodedEntry) async {
        if entry.fileExtension == formats[0].fileExtension { await checkPieces(of: entry) }
        guard let response = await stored(entry) else { return }
        for format in entryFormats {
            let bytes = required("Storing the response") { try format.encode(response, for: key) }
            let again = required("Reading the response again") { try format.decode(bytes, for: key) }
            guard again == response else { found("The response changed when it was stored.") }
        }

        await send(RequestOptions(onlyIfCached: true), cacheControl: false)
        await send(RequestOptions(onlyIfCached: true, staleIfError: .always), cacheControl: true)
        // These two may store the response.
        await send(RequestOptions(), cacheControl: true)
        _ = await stored(entry)
        await send(RequestOptions(refresh: true), cacheControl: false)
    }

    /// Reads the entry through a cache.
    private static func stored(_ entry: EncodedEntry) async -> StoredResponse? {
        do {
            try await session.cache.clear()
            try await session.cache.backend.write(entry, for: key)
        } catch {
            found("The memory failed: \(error)")
        }
        return await session.cache.response(for: key)
    }

    private static func send(_ options: RequestOptions, cacheControl: Bool) async {
        session.settings.cacheControl = cacheControl
        do {
            _ = try await session.get("http://origin.example/", options: options)
        } catch is FSCacheError {
            // The response may be a redirect to nowhere, or to itself.
        } catch {
            found("Threw an error other than FSCacheError: \(error)")
        }
    }

    // The native layout; see `NativeFormat`.

    /// The offset of the head.
    static let headOffset = 23
    /// The number of bytes between the head and the body.
    static let bodyHeaderLength = 9
    /// The body of entries that are made from a head.
    static let body = Data(#"{"answer": 42}"#.utf8)

    /// A native entry with any bytes as its head, and with valid checksums.
    static func nativeEntry(head: Data) -> Data {
        let checked = [0x48] + bytes(of: Checksum(of: body).value) + head + [0x5B] + bytes(of: UInt64(body.count))
        return [0xD9, 0xD9, 0xF7, 0x85, 0x01, 0x48] + bytes(of: Checksum(of: Data(checked)).value) + checked + body
    }

    private static func bytes(of value: UInt64) -> Data {
        Data((0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) })
    }
}
