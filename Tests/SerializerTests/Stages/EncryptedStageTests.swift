import Crypto
import Foundation
import Serializers
import TestSupport
import Testing

@Suite
struct EncryptedStageTests {
    static let key = SymmetricKey(data: Data(0..<32))
    static let otherKey = SymmetricKey(data: Data(1..<17))

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
    func independentProgram(keyLength: UInt8) throws {
        let script = """
            import os, sys
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM
            mode, cipher, data = sys.argv[1], AESGCM(bytes.fromhex(sys.argv[2])), sys.stdin.buffer.read()
            header = b'FSCSEAL' + bytes([1])
            if mode == 'read':
                assert data[:8] == header
                sys.stdout.buffer.write(cipher.decrypt(data[8:20], data[20:], header))
            else:
                nonce = os.urandom(12)
                sys.stdout.buffer.write(header + nonce + cipher.encrypt(nonce, data, header))
            """
        let key = Data(0..<keyLength)
        let stage = try EncryptedStage(key: SymmetricKey(data: key))
        for content in SampleData.all {
            let encrypted = try stage.apply(to: content)
            #expect(try Python.run(script, arguments: ["read", key.hex], input: encrypted) == content)
            let foreign = try Python.run(script, arguments: ["write", key.hex], input: content)
            #expect(try stage.undo(on: foreign) == content)
        }
    }

    @Test("Every write uses a fresh nonce")
    func nonces() throws {
        let stage = try EncryptedStage(key: Self.key)
        let nonces = try Set((0..<1000).map { _ in try stage.apply(to: SampleData.text).dropFirst(8).prefix(12) })
        #expect(nonces.count == 1000)
    }

    @Test("Another key is detected")
    func otherKey() throws {
        let encrypted = try EncryptedStage(key: Self.key).apply(to: SampleData.text)
        expect(throws: .notAuthentic) { try EncryptedStage(key: Self.otherKey).undo(on: encrypted) }
    }

    @Test("Keys can be changed: old ones are accepted, the new one encrypts")
    func rotation() throws {
        let before = try EncryptedStage(key: Self.key)
        let after = try EncryptedStage(key: Self.otherKey, accepting: [Self.key])
        #expect(try after.undo(on: before.apply(to: SampleData.text)) == SampleData.text)
        #expect(try after.undo(on: after.apply(to: SampleData.text)) == SampleData.text)
        expect(throws: .notAuthentic) { try before.undo(on: after.apply(to: SampleData.text)) }
    }

    @Test("Every changed bit is detected")
    func flips() throws {
        let stage = try EncryptedStage(key: Self.key)
        let encrypted = try stage.apply(to: SampleData.text.prefix(100))
        for offset in encrypted.indices {
            for bit in 0..<8 {
                expect(throws: .notAuthentic) { try stage.undo(on: encrypted.flipping(1 << bit, at: offset)) }
            }
        }
    }

    @Test("Every prefix and every extension is refused")
    func lengths() throws {
        let stage = try EncryptedStage(key: Self.key)
        let encrypted = try stage.apply(to: SampleData.text.prefix(100))
        for length in encrypted.indices {
            expect(throws: .notAuthentic) { try stage.undo(on: encrypted.prefix(length)) }
        }
        expect(throws: .notAuthentic) { try stage.undo(on: encrypted + [0]) }
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
