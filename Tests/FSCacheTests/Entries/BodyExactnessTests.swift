import FSCache
import Foundation
import HTTPTypes
import Serializers
import TestSupport
import Testing

@Suite("Bodies in entries")
struct BodyExactnessTests {
    @Test("A hit returns the body bytes of the miss, with every serializer and stage", arguments: EntryFormat.all)
    func bodyIsExact(format: EntryFormat) async throws {
        try await expectExactHits(format, BodySample.all)
    }

    @Test("A hit returns the body bytes of the miss when the body is large", arguments: EntryFormat.plain)
    func largeBodyIsExact(format: EntryFormat) async throws {
        try await expectExactHits(format, BodySample.large)
    }

    private func expectExactHits(_ format: EntryFormat, _ samples: [BodySample]) async throws {
        let test = try FileSession(format, in: ScratchDirectory()) { exchange in
            let number = try #require(exchange.request.path.flatMap { Int($0.dropFirst()) })
            return samples[number].response
        }
        for (number, sample) in samples.enumerated() {
            let url = "https://example.com/\(number)"
            let miss = try await test.session.get(url)
            let hit = try await test.session.get(url)
            #expect(miss.body == sample.bytes)
            #expect(hit.isFromCache, "\(sample.name): \(test.log.text)")
            #expect(hit.body == sample.bytes, "\(sample.name)")
            #expect(!hit.isEdited, "\(sample.name)")
            #expect(hit.headerFields == miss.headerFields, "\(sample.name)")
            #expect(hit.createdAt == miss.createdAt, "\(sample.name)")
        }
        let files = try test.files()
        #expect(files.count == samples.count && files.allSatisfy { $0.hasSuffix(".\(format.fileExtension)") })
    }

    @Test("A request's body is also stored exactly", arguments: EntryFormat.plain)
    func requestBodyIsExact(format: EntryFormat) async throws {
        for sample in BodySample.all where !sample.bytes.isEmpty {
            let test = try FileSession(format, in: ScratchDirectory(), settings: { $0.allowableMethods = [.post] }) {
                _ in
                TransportResponse(body: "done")
            }
            let content = RequestContent.bytes(sample.bytes, contentType: sample.contentType)
            let key = try #require(try await test.session.post(FileSession.url, content: content).cacheKey)
            let stored = try #require(await test.session.cache.response(for: key), "\(sample.name): \(test.log.text)")
            #expect(stored.request.body == sample.bytes, "\(sample.name)")
            #expect(stored.body == Data("done".utf8))
        }
    }

    @Test("Generated JSON and text come back exactly", arguments: EntryFormat.plain, 1...4 as ClosedRange<UInt64>)
    func generatedBodyIsExact(format: EntryFormat, seed: UInt64) throws {
        var generator = BodyGenerator(seed: seed)
        for index in 0..<150 {
            let sample = index.isMultiple(of: 3) ? generator.text() : generator.json()
            let response = StoredResponse.sample(sample)
            let bytes = try response.encoded(with: format.serializer, for: .sample)
            let entry = EncodedEntry(bytes: bytes, fileExtension: format.fileExtension)
            let read = try ResponseCache.decode(entry)
            #expect(
                read == response,
                "seed \(seed), body \(index): \(String(decoding: sample.bytes, as: UTF8.self).debugDescription)"
            )
            #expect(try read.encoded(with: format.serializer, for: .sample) == bytes, "seed \(seed), body \(index)")
        }
    }

    @Test("Writing an entry twice gives equal bytes", arguments: EntryFormat.all.filter(\.isRepeatable))
    func bytesAreRepeatable(format: EntryFormat) throws {
        for sample in BodySample.all {
            let response = StoredResponse.sample(sample)
            let bytes = try response.encoded(with: format.serializer, for: .sample)
            #expect(try response.encoded(with: format.serializer, for: .sample) == bytes, "\(sample.name)")
            let read = try ResponseCache.decode(EncodedEntry(bytes: bytes, fileExtension: format.fileExtension))
            #expect(try read.encoded(with: format.serializer, for: .sample) == bytes, "\(sample.name)")
        }
    }

    @Test("Times, statuses and fields of all kinds come back exactly", arguments: EntryFormat.all)
    func headIsExact(format: EntryFormat) throws {
        var response = StoredResponse.sample(.text("", "body"))
        response.request.headerFields = [.accept: "*/*", .cookie: "a=1; b=\"2\""]
        response.headerFields = [.setCookie: "a=1", .age: "60", .server: "", .location: "  no: # 'yes' \"\\ é"]
        response.headerFields.append(HTTPField(name: .setCookie, value: "b=2"))
        response.headerFields.append(
            HTTPField(name: try #require(.init("X-Odd_Name!")), value: Data([0x61, 0xE9, 0x7A]))
        )
        for milliseconds in [0, 1, 999, 123_456, 1_767_225_599_999, 253_402_300_799_000, -62_135_596_800_000] {
            let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
            (response.createdAt, response.requestedAt, response.receivedAt) = (date, date, date)
            for (code, reason) in [(200, ""), (299, "Fine"), (404, "Nicht gefunden"), (599, "")] {
                response.status = .init(code: code, reasonPhrase: reason)
                for expires in [nil, date] {
                    response.expires = expires
                    let bytes = try response.encoded(with: format.serializer, for: .sample)
                    let entry = EncodedEntry(bytes: bytes, fileExtension: format.fileExtension)
                    let read = try ResponseCache.decode(entry)
                    #expect(read == response)
                    #expect(read.status.reasonPhrase == reason)
                }
            }
        }
    }

    @Test("Times are stored to the millisecond, and the rest of the entry is exact", arguments: EntryFormat.readable)
    func timesAreWholeMilliseconds(format: EntryFormat) throws {
        var response = StoredResponse.sample(.json("", #"{"a":1}"#))
        response.createdAt = Date(timeIntervalSince1970: 1_767_225_600.123_456_7)
        let bytes = try response.encoded(with: format.serializer, for: .sample)
        #expect(String(decoding: bytes, as: UTF8.self).contains("2026-01-01T00:00:00.123Z"))
        #expect(String(decoding: bytes, as: UTF8.self).contains("json"))
    }
}
