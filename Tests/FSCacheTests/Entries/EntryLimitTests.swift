import Foundation
import HTTPTypes
import Serializers
import TestSupport
import Testing

@testable import FSCache

@Suite("Entries beyond limits")
struct EntryLimitTests {
    private static let url = "https://example.com/items?page=2"

    private static var request: HTTPRequest { get throws { try HTTPRequest(url: url) } }

    /// A session whose origin confirms everything, with these fields.
    private static func session(
        _ format: FormatUnderTest,
        confirming fields: HTTPFields = [.eTag: "\"v1\""],
        settings change: (inout CacheSettings) -> Void = { _ in }
    ) throws -> FileSession {
        try FileSession(format, in: ScratchDirectory(), settings: change) { exchange in
            exchange.request.headerFields.contains(.ifNoneMatch)
                ? TransportResponse(304, fields) : TransportResponse(200, [.eTag: "\"v1\""], body: "new")
        }
    }

    private static func fields(_ name: String, _ count: Int) -> HTTPFields {
        var fields = HTTPFields()
        fields.reserveCapacity(count)
        for number in 0..<count {
            guard let name = HTTPField.Name("\(name)-\(number)") else { continue }
            fields.append(HTTPField(name: name, value: ""))
        }
        return fields
    }

    private static func store(_ response: StoredResponse, in test: FileSession, _ format: FormatUnderTest) async throws
    {
        let cache = test.session.cache
        let key = try cache.key(for: request)
        let bytes = try response.encoded(with: format.serializer, for: key)
        let entry = EncodedEntry(bytes: bytes, fileExtension: format.fileExtension)
        try await cache.backend.write(entry, for: key)
    }

    @Test(
        "A large entry with an impossible time is a miss when it is streamed and validated",
        arguments: ["created", "requested", "received", "expires"],
        [-9e15, -1e12, 1e12, 9e15]
    )
    func impossibleTimes(member: String, seconds: TimeInterval) async throws {
        let time = Date(timeIntervalSince1970: seconds)
        for cacheControl in [false, true] {
            let test = try Self.session(.native) { $0.cacheControl = cacheControl }
            var response = StoredResponse.sample(BodySample("", "x/y", Data(count: 300_000)))
            switch member {
            case "created": response.createdAt = time
            case "requested": response.requestedAt = time
            case "received": response.receivedAt = time
            default: response.expires = time
            }
            try await Self.store(response, in: test, .native)
            let streamed = try await test.session.stream(Self.request, options: RequestOptions(refresh: true))
            #expect(try await streamed.body.collect() == Data("new".utf8))
            #expect(test.session.cache.counts.undecodableEntries == 1)
        }
    }

    @Test("As many fields as an entry may have leave room for those of a 304", arguments: FormatUnderTest.plain)
    func manyFields(format: FormatUnderTest) async throws {
        let count = HTTPFields.maximumStoredCount - 1
        for added in [HTTPResponse.maximumFieldCount, 60_000] {
            let test = try Self.session(format, confirming: Self.fields("Y", added) + [.eTag: "\"v1\""]) {
                $0.cacheControl = true
            }
            var response = StoredResponse.sample(.text("", "old"))
            response.headerFields = Self.fields("X", count) + [.eTag: "\"v1\""]
            try await Self.store(response, in: test, format)
            let hit = try await test.session.get(Self.url, options: RequestOptions(refresh: true))
            #expect(hit.isRevalidated)
            #expect(hit.headerFields.count >= count)
            _ = try await test.session.get(Self.url)

            response.headerFields.append(contentsOf: Self.fields("Z", 1))
            try await Self.store(response, in: test, format)
            #expect(try await test.session.get(Self.url).text() == "new")
        }
    }

    /// A store whose entries are as large as a number can be.
    private struct HugeBackend: CacheBackend {
        func read(_ key: CacheKey) async throws -> EncodedEntry? { nil }
        func write(_ entry: EncodedEntry, for key: CacheKey) async throws {}
        func remove(_ key: CacheKey) async throws -> Bool { false }
        func close() async {}
        func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error> {
            AsyncThrowingStream { continuation in
                for name in ["a", "b"] {
                    let key = CacheKey(hashing: Data(name.utf8))
                    continuation.yield(EntryListing(key: key, fileExtension: "cbor", byteCount: .max, modifiedAt: .now))
                }
                continuation.finish()
            }
        }
    }

    @Test("The size of all entries is at most the largest number")
    func hugeSizes() async throws {
        try await #expect(ResponseCache(backend: HugeBackend()).totalBytes() == .max)
        // The command line tool adds the sizes of entries in the same way.
        #expect(Int.max.clampedSum(with: 1) == .max && 1.clampedSum(with: 2) == 3)
    }

    @Test(
        "An entry with a million values is a miss, but a body may have as many",
        arguments: FormatUnderTest.plain.filter { $0.fileExtension != "cbor" }
    )
    func manyValues(format: FormatUnderTest) throws {
        func read(junkCount: Int) throws -> StoredResponse {
            let entry = try StoredResponse.sample(.text("", "old")).encoded(with: format.serializer, for: .sample)
            if !format.serializer.isHumanReadable, let serializer = format.serializer as? any DocumentSerializer {
                let junk = Document.array(Array(repeating: .integer(0), count: junkCount + 1))
                var members = [Document.Member("junk", junk)]
                if case .map(let others) = try serializer.document(from: entry) { members += others }
                let bytes = try serializer.bytes(of: .map(members))
                return try ResponseCache.decode(EncodedEntry(bytes: bytes, fileExtension: format.fileExtension))
            }
            var text = String(decoding: entry, as: UTF8.self)
            let junk = "[" + String(repeating: "0,", count: junkCount) + "0]"
            let first = try #require(text.firstRange(of: format.fileExtension == "json" ? "\n" : "request:"))
            if format.fileExtension == "json" {
                text.insert(contentsOf: "\n\"junk\": \(junk),", at: first.upperBound)
            } else {
                text.insert(contentsOf: "junk: \(junk)\n", at: first.lowerBound)
            }
            let bytes = Data(text.utf8)
            return try ResponseCache.decode(EncodedEntry(bytes: bytes, fileExtension: format.fileExtension))
        }
        #expect(try read(junkCount: 1000).body == Data("old".utf8))
        let error = #expect(throws: SerializationError.self) { try read(junkCount: 1 << 20) }
        #expect(error?.code == .limitExceeded)

        let body = Data(("[" + String(repeating: "0,", count: 1 << 20) + "0]").utf8)
        let response = StoredResponse.sample(BodySample("", "application/json", body))
        let bytes = try response.encoded(with: format.serializer, for: .sample)
        #expect(!format.serializer.isHumanReadable || bytes.contains("json".utf8))
        let entry = EncodedEntry(bytes: bytes, fileExtension: format.fileExtension)
        #expect(try ResponseCache.decode(entry).body == body)
    }

    @Test("A file of twelve gigabytes is a miss that is not read", arguments: FormatUnderTest.plain, [true, false])
    func sparseFile(format: FormatUnderTest, isStreamed: Bool) async throws {
        let test = try Self.session(format)
        _ = try await test.session.get(Self.url)
        let path = try test.file().path(percentEncoded: false)
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        try file.truncate(atOffset: 12 << 30)
        try file.close()
        if isStreamed {
            let response = try await test.session.stream(Self.request)
            #expect(!response.head.isFromCache)
            #expect(try await response.body.collect() == Data("new".utf8))
        } else {
            #expect(try await !test.session.get(Self.url).isFromCache)
        }
        #expect(test.session.cache.counts.readFailures == 1)
        #expect(test.log.text.contains("larger than 1 GiB"), "\(test.log.text)")
        #expect(try Data(contentsOf: test.file()).count < 10_000)
        #expect(try await test.session.get(Self.url).isFromCache)
    }
}

private func + (left: HTTPFields, right: HTTPFields) -> HTTPFields {
    var sum = left
    sum.append(contentsOf: right)
    return sum
}
