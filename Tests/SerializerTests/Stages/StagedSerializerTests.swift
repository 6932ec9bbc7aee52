import Crypto
import FSCacheTesting
import Foundation
import Serializers
import TestSupport
import Testing

@Suite
struct StagedSerializerTests {
    static let key = SymmetricKey(data: Data(0..<32))

    /// All stages.
    static var stages: [any Stage] {
        get throws {
            var stages: [any Stage] = try [.signed(with: key), .encrypted(with: key)]
            #if Compression
            stages += [.gzip(level: 1), .zstd()]
            #endif
            return stages
        }
    }

    @Test("Any stack of stages can be reversed", arguments: 0..<100)
    func randomStacks(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let all = try Self.stages
        let stack = (0..<Int.random(in: 0...5, using: &generator)).compactMap { _ in
            all.randomElement(using: &generator)
        }
        let serializer = StagedSerializer(base: PropertyListSerializer(), stages: stack)
        let length = Int.random(in: 0...20_000, using: &generator)
        let value = [
            "random": SampleData.random(count: length, seed: seed),
            "zeros": Data(count: length),
        ]
        #expect(try serializer.decode([String: Data].self, from: serializer.encode(value)) == value)
    }

    @Test("Name and extension show the stages in order")
    func names() throws {
        let serializer = try PropertyListSerializer().staged(.encrypted(with: Self.key), .signed(with: Self.key))
        #expect(serializer.name == "plist.encrypted.signed")
        #expect(serializer.fileExtension == "plist.encrypted.signed")
        #expect(!serializer.isHumanReadable)
        #expect(PropertyListSerializer().staged().name == "plist")
    }

    @Test("Stages are undone in reverse order: one hides the content, the next one signs it")
    func order() throws {
        let serializer = try PropertyListSerializer().staged(.encrypted(with: Self.key), .signed(with: Self.key))
        let bytes = try serializer.encode(["a": 1])
        #expect(bytes.starts(with: Data("FSCSIGN".utf8)))
        #expect(bytes.dropFirst(40).starts(with: Data("FSCSEAL".utf8)))
    }

    @Test("Bytes that the stage didn't write are rejected before the serializer gets them")
    func plainBytes() throws {
        let serializer = try PropertyListSerializer().staged(.signed(with: Self.key))
        let plain = try PropertyListSerializer().encode(["a": 1])
        expect(throws: .notAuthentic) { try serializer.decode([String: Int].self, from: plain) }
    }

    #if Compression
    @Test("Compression, signature and encryption can be combined")
    func callSite() throws {
        let serializer = try PropertyListSerializer()
            .staged(.gzip(level: 6), .signed(with: Self.key), .encrypted(with: Self.key))
        #expect(serializer.fileExtension == "plist.gz.signed.encrypted")
        #expect(try serializer.decode([Int].self, from: serializer.encode([1, 2, 3])) == [1, 2, 3])
    }
    #endif
}
