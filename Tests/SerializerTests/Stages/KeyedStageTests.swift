import Crypto
import Foundation
import Serializers
import Testing

/// Tests of every stage that has a key.
struct KeyedStageTests {
    struct Kind: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var make: @Sendable (_ key: SymmetricKey, _ old: [SymmetricKey]) throws -> any Stage

        func callAsFunction(_ key: SymmetricKey, accepting old: [SymmetricKey] = []) throws -> any Stage {
            try make(key, old)
        }
    }

    static let kinds = [
        Kind(testDescription: "signed") { try SignedStage(key: $0, accepting: $1) },
        Kind(testDescription: "encrypted") { try EncryptedStage(key: $0, accepting: $1) },
    ]
    private static let key = SymmetricKey(data: Data(0..<32))
    private static let otherKey = SymmetricKey(data: Data(1..<33))

    @Test("Another key is noticed", arguments: kinds)
    func otherKey(_ kind: Kind) throws {
        let file = try kind(Self.key).apply(to: SampleData.text)
        expect(throws: .notAuthentic) { try kind(Self.otherKey).undo(on: file) }
    }

    @Test("Keys can be changed: old ones are accepted, the new one is used", arguments: kinds)
    func rotation(_ kind: Kind) throws {
        let before = try kind(Self.key)
        let after = try kind(Self.otherKey, accepting: [Self.key])
        #expect(try after.undo(on: before.apply(to: SampleData.text)) == SampleData.text)
        #expect(try after.undo(on: after.apply(to: SampleData.text)) == SampleData.text)
        expect(throws: .notAuthentic) { try before.undo(on: after.apply(to: SampleData.text)) }
    }

    @Test("Every changed bit is noticed", arguments: kinds)
    func flips(_ kind: Kind) throws {
        let stage = try kind(Self.key)
        let file = try stage.apply(to: SampleData.text.prefix(100))
        for offset in file.indices {
            for bit in 0..<8 {
                expect(throws: .notAuthentic) { try stage.undo(on: file.flipping(1 << bit, at: offset)) }
            }
        }
    }

    @Test("Every prefix and every extension is refused", arguments: kinds)
    func lengths(_ kind: Kind) throws {
        let stage = try kind(Self.key)
        let file = try stage.apply(to: SampleData.text.prefix(100))
        for length in file.indices {
            expect(throws: .notAuthentic) { try stage.undo(on: file.prefix(length)) }
        }
        expect(throws: .notAuthentic) { try stage.undo(on: file + [0]) }
    }
}
