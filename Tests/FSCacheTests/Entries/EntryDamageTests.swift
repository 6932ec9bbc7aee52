import FSCache
import FSCacheTesting
import Foundation
import HTTPTypes
import Serializers
import TestSupport
import Testing

@Suite("Damaged entries")
struct EntryDamageTests {
    private static let body = BodySample.text("text", "the quick brown fox")

    @Test(
        "In binary formats a changed body is a logged miss that is set aside, not an error",
        arguments: FormatUnderTest.binary
    )
    func changedBodyIsAMiss(format: FormatUnderTest) async throws {
        let test = try FileSession(format, in: ScratchDirectory(), serving: Self.body)
        _ = try await test.session.get(FileSession.url)
        var bytes = try Data(contentsOf: test.file())
        let body = try #require(bytes.range(of: Data("quick".utf8)))
        bytes.replaceSubrange(body, with: Data("quack".utf8))
        try bytes.write(to: test.file())

        let response = try await test.session.get(FileSession.url)
        #expect(!response.isFromCache)
        #expect(response.body == Self.body.bytes)
        #expect(test.log.text.contains("warning: miss: the entry can't be decoded"))
        #expect(test.log.text.contains("checksum"))
        let aside = try #require(try test.files().first { $0.hasSuffix(".invalid") })
        #expect(try Data(contentsOf: URL(filePath: aside)) == bytes)
        #expect(try await test.session.get(FileSession.url).isFromCache)
    }

    @Test("A change of any byte of a native entry is detected")
    func everyByteOfNativeCounts() throws {
        let response = StoredResponse.sample(Self.body)
        let bytes = try response.encoded(with: .native, for: .sample)
        for index in bytes.indices {
            for bit in [0, 3, 7] as [UInt8] {
                var damaged = bytes
                damaged[index] ^= 1 << bit
                #expect(throws: (any Error).self, "bit \(bit) of byte \(index)") {
                    try ResponseCache.decode(EncodedEntry(bytes: damaged, fileExtension: "cbor"))
                }
            }
        }
        for count in 0..<bytes.count {
            #expect(throws: (any Error).self, "\(count) bytes") {
                try ResponseCache.decode(EncodedEntry(bytes: bytes.prefix(count), fileExtension: "cbor"))
            }
        }
        #expect(throws: (any Error).self) {
            try ResponseCache.decode(EncodedEntry(bytes: bytes + [0], fileExtension: "cbor"))
        }
    }

    @Test("Whatever happens to a byte, reading returns a response or throws an error", arguments: FormatUnderTest.all)
    func damageNeverTraps(format: FormatUnderTest) throws {
        var random = SeededGenerator(seed: 63)
        let response = StoredResponse.sample(.json("", #"{"a":[1,2.50,"x\ny"],"b":null}"#))
        let bytes = try response.encoded(with: format.serializer, for: .sample)
        var survivors = 0
        for _ in 0..<600 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: damaged.indices, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: damaged[index] = UInt8.random(in: 0...255, using: &random)
                case 1: damaged[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 2: damaged.remove(at: index)
                default: damaged.insert(damaged[Int.random(in: damaged.indices, using: &random)], at: index)
                }
            }
            let entry = EncodedEntry(bytes: damaged, fileExtension: format.fileExtension)
            guard let read = try? ResponseCache.decode(entry) else { continue }
            survivors += 1
            // An entry that can be read can be written.
            #expect(throws: Never.self) { try read.encoded(with: .native, for: .sample) }
        }
        #expect(survivors < 600)
    }

    @Test("A wrong encryption or signing key is a logged miss, never an error", arguments: FormatUnderTest.plain)
    func wrongKeyIsAMiss(format: FormatUnderTest) async throws {
        for (good, wrong) in [
            (StageChoice.signed(FormatUnderTest.key), StageChoice.signed(FormatUnderTest.otherKey)),
            (.encrypted(FormatUnderTest.key), .encrypted(FormatUnderTest.otherKey)),
        ] {
            let writing = FormatUnderTest(serializer: format.serializer.behind(good))
            let reading = FormatUnderTest(serializer: format.serializer.behind(wrong))
            let folder = try ScratchDirectory()
            let writer = try FileSession(writing, in: folder, serving: Self.body)
            _ = try await writer.session.get(FileSession.url)
            let reader = try FileSession(reading, in: folder, registry: .standard) { _ in TransportResponse(body: "new")
            }
            let response = try await reader.session.get(FileSession.url)
            #expect(response.text() == "new")
            #expect(!response.isFromCache)
            #expect(reader.log.text.contains("miss: the entry can't be decoded"))
            #expect(reader.log.text.contains("notAuthentic"))
        }
    }

    @Test("A change of any byte of a signed or encrypted entry is a miss", arguments: FormatUnderTest.plain)
    func changedBytesAreAMiss(format: FormatUnderTest) async throws {
        for stage in [StageChoice.signed(FormatUnderTest.key), .encrypted(FormatUnderTest.key)] {
            let staged = FormatUnderTest(serializer: format.serializer.behind(stage))
            let sample = try StoredResponse.sample(Self.body).encoded(with: staged.serializer, for: .sample)
            for index in sample.indices {
                var changed = sample
                changed[index] ^= 1
                #expect(throws: SerializationError.self, "byte \(index)") {
                    try ResponseCache.decode(EncodedEntry(bytes: changed, fileExtension: staged.fileExtension))
                }
            }

            let test = try FileSession(staged, in: ScratchDirectory(), serving: Self.body)
            _ = try await test.session.get(FileSession.url)
            let bytes = try Data(contentsOf: test.file())
            var changed = bytes
            changed[bytes.count / 2] ^= 1
            try changed.write(to: test.file())
            let response = try await test.session.get(FileSession.url)
            #expect(!response.isFromCache)
            #expect(response.body == Self.body.bytes)
            #expect(test.log.text.contains("notAuthentic"))
        }
    }

    @Test("An entry whose file was renamed to another key is a miss", arguments: FormatUnderTest.all)
    func renamedFileIsAMiss(format: FormatUnderTest) async throws {
        let test = try FileSession(format, in: ScratchDirectory(), serving: Self.body)
        _ = try await test.session.get(FileSession.url)
        let key = try test.session.cache.key(for: HTTPRequest(url: "https://example.com/other")).description
        let place = test.folder("cache/\(key.prefix(2))/\(key.dropFirst(2).prefix(2))")
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        try FileManager.default.moveItem(at: test.file(), to: URL(filePath: "\(place)/\(key).\(format.fileExtension)"))
        #expect(try await !test.session.get("https://example.com/other").isFromCache)
        #expect(test.log.text.contains("belongs to the key"))
    }

    @Test(
        "An entry with a status that is not final is a miss",
        arguments: FormatUnderTest.all,
        [0, 99, 100, 103, 199]
    )
    func interimStatusIsAMiss(format: FormatUnderTest, code: Int) throws {
        var response = StoredResponse.sample(Self.body)
        for (code, isUsable) in [(code, false), (200, true), (599, true)] {
            response.status = HTTPResponse.Status(code: code, reasonPhrase: "")
            let bytes = try response.encoded(with: format.serializer, for: .sample)
            let read = try? ResponseCache.decode(EncodedEntry(bytes: bytes, fileExtension: format.fileExtension))
            #expect((read?.status.code == code) == isUsable)
        }
    }

    @Test("An entry of an unknown format is a miss that names the format, and the file stays")
    func unknownFormatIsAMiss() async throws {
        let test = try FileSession(.native, in: ScratchDirectory(), serving: Self.body)
        _ = try await test.session.get(FileSession.url)
        let file = try test.file()
        let unknown = file.deletingPathExtension().appendingPathExtension("xyz")
        try FileManager.default.moveItem(at: file, to: unknown)
        let options = RequestOptions(onlyIfCached: true)
        #expect(try await !test.session.get(FileSession.url, options: options).isFromCache)
        #expect(test.log.text.contains("'xyz'"))
        #expect(try test.file() == unknown)
    }
}
