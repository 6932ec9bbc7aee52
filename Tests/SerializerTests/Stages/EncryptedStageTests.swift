import Crypto
import Foundation
import Serializers
import TestSupport
import Testing

@Suite
struct EncryptedStageTests {
    static let key = SymmetricKey(data: Data(0..<32))

    @Test("Encrypted data is read back, slices too", arguments: [16, 24, 32])
    func roundTrip(keyLength: UInt8) throws {
        let stage = try EncryptedStage(key: SymmetricKey(data: Data(0..<keyLength)))
        for content in SampleData.all {
            let encrypted = try stage.apply(to: content.asSlice)
            #expect(encrypted.count == content.count + 36)
            let read = try stage.undo(on: encrypted.asSlice)
            #expect(read == content)
            #expect(read.startIndex == 0)
        }
    }

    @Test("A program that knows only the documented layout reads and writes encrypted files", arguments: [16, 24, 32])
    func independentProgram(keyLength: UInt8) async throws {
        let script = """
            import base64, json, os, sys
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM
            cipher, header = AESGCM(bytes.fromhex(sys.argv[1])), b'FSCSEAL' + bytes([1])
            def read(data):
                assert data[:8] == header
                return cipher.decrypt(data[8:20], data[20:], header)
            def write(data):
                nonce = os.urandom(12)
                return header + nonce + cipher.encrypt(nonce, data, header)
            contents = [read(base64.b64decode(file)) for file in json.load(sys.stdin)]
            print(json.dumps([[base64.b64encode(data).decode() for data in (content, write(content))] for content in contents]))
            """
        let key = Data(0..<keyLength)
        let stage = try EncryptedStage(key: SymmetricKey(data: key))
        let encrypted = try SampleData.all.map { try stage.apply(to: $0) }
        let output = try await Python.run(script, arguments: [key.hex], input: JSONEncoder().encode(encrypted))
        let results = try JSONDecoder().decode([[Data]].self, from: output)
        #expect(results.map(\.first) == SampleData.all)
        #expect(try results.map { try stage.undo(on: #require($0.last)) } == SampleData.all)
    }

    @Test("Every write uses a fresh nonce")
    func nonces() throws {
        let stage = try EncryptedStage(key: Self.key)
        let nonces = try Set((0..<1000).map { _ in try stage.apply(to: SampleData.text).dropFirst(8).prefix(12) })
        #expect(nonces.count == 1000)
    }

    @Test("The header is bound to the content: a box without it as additional data is refused")
    func headerIsAuthenticated() throws {
        let box = try #require(try AES.GCM.seal(SampleData.text, using: Self.key).combined)
        expect(throws: .notAuthentic) {
            try EncryptedStage(key: Self.key).undo(on: Data("FSCSEAL\u{1}".utf8) + box)
        }
    }

    @Test(
        "A key of another length is refused, with advice, also among the old ones",
        arguments: [0, 8, 15, 17, 33, 64]
    )
    func keyLength(length: Int) throws {
        let wrong = SymmetricKey(data: Data(count: length))
        expect(throws: .invalidKey) { try EncryptedStage(key: wrong) }
        expect(throws: .invalidKey) { try EncryptedStage(key: Self.key, accepting: [wrong]) }
        let error = try #require(throws: SerializationError.self) { try EncryptedStage(key: wrong) }
        #expect(error.message.contains("16, 24 or 32 bytes, not of \(length)"))
    }
}
