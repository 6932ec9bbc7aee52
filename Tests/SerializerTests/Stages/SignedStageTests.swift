import Crypto
import Foundation
import Serializers
import TestSupport
import Testing

@Suite
struct SignedStageTests {
    static let key = SymmetricKey(data: Data(0..<32))

    @Test("Signed data is read back, slices too")
    func roundTrip() throws {
        let stage = try SignedStage(key: Self.key)
        for content in SampleData.all {
            let signed = stage.apply(to: content.asSlice)
            #expect(signed == stage.apply(to: content))
            #expect(signed.count == content.count + 40)
            #expect(signed.dropFirst(40) == content)
            let read = try stage.undo(on: signed.asSlice)
            #expect(read == content)
            #expect(read.startIndex == 0)
        }
    }

    /// Implements nothing but the documented layout.
    private static let python = """
        import hashlib, hmac, sys
        mode, key, data = sys.argv[1], bytes.fromhex(sys.argv[2]), sys.stdin.buffer.read()
        header = b'FSCSIGN' + bytes([1])
        sign = lambda content: hmac.new(key, header + content, hashlib.sha256).digest()
        if mode == 'read':
            assert data[:8] == header
            assert data[8:40] == sign(data[40:])
            sys.stdout.buffer.write(data[40:])
        else:
            sys.stdout.buffer.write(header + sign(data) + data)
        """

    @Test("A program that knows only the documented layout reads and writes signed files")
    func independentProgram() async throws {
        let stage = try SignedStage(key: Self.key)
        let key = Data(0..<32).hex
        for content in SampleData.all {
            let signed = stage.apply(to: content)
            #expect(try await Python.run(Self.python, arguments: ["read", key], input: signed) == content)
            #expect(try await Python.run(Self.python, arguments: ["write", key], input: content) == signed)
        }
    }

    @Test(
        "The keys and data of RFC 4231 §4 give the signatures that python computes",
        arguments: [
            // Key, data, and the RFC's HMAC-SHA256, with which the program is checked first.
            (
                String(repeating: "0b", count: 20), "4869205468657265",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                String(repeating: "aa", count: 20), String(repeating: "dd", count: 50),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
            ),
            (
                "0102030405060708090a0b0c0d0e0f10111213141516171819", String(repeating: "cd", count: 50),
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
            ),
            (
                String(repeating: "aa", count: 131),
                Data("Test Using Larger Than Block-Size Key - Hash Key First".utf8).hex,
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
        ]
    )
    func rfc4231(key: String, data: String, published: String) async throws {
        let raw = HMAC<SHA256>.authenticationCode(for: Data(hex: data), using: SymmetricKey(data: Data(hex: key)))
        #expect(Data(raw).hex == published)
        let signed = try SignedStage(key: SymmetricKey(data: Data(hex: key))).apply(to: Data(hex: data))
        #expect(try await Python.run(Self.python, arguments: ["read", key], input: signed) == Data(hex: data))
        #expect(signed.dropFirst(8).prefix(32).hex != published, "the header is signed, too")
    }

    @Test("A signature that was made for another purpose under the same key does not fit")
    func domainSeparation() throws {
        let content = SampleData.text
        let foreign = HMAC<SHA256>.authenticationCode(for: content, using: Self.key)
        expect(throws: .notAuthentic) {
            try SignedStage(key: Self.key).undo(on: Data("FSCSIGN\u{1}".utf8) + foreign + content)
        }
    }

    @Test("A key that is too short is refused, with advice, also among the old ones", arguments: [0, 1, 15])
    func shortKey(length: Int) throws {
        let short = SymmetricKey(data: Data(count: length))
        expect(throws: .invalidKey) { try SignedStage(key: short) }
        expect(throws: .invalidKey) { try SignedStage(key: Self.key, accepting: [short]) }
        let error = try #require(throws: SerializationError.self) { try SignedStage(key: short) }
        #expect(error.message.contains("SymmetricKey(size: .bits256)"))
    }
}
