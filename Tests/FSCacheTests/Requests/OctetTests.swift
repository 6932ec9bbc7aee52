import Testing

@testable import FSCache

@Suite("Octets")
struct OctetTests {
    private static let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    private static let unreserved = letters + "0123456789-._~"
    private static let host = unreserved + "!$&'()*+,;="

    @Test(
        "The bits of each set are those of its characters",
        arguments: [
            (\UInt8.isUnreserved, unreserved), (\UInt8.isPlainInHost, host),
            (\UInt8.isPlainInNormalHost, host.filter { !$0.isUppercase }),
            (\UInt8.isPlainInPath, host + ":@/"), (\UInt8.isPlainInQuery, host + ":@/?"),
        ] as [(KeyPath<UInt8, Bool> & Sendable, String)]
    )
    func sets(_ isMember: KeyPath<UInt8, Bool> & Sendable, _ characters: String) {
        let members = (UInt8.min...UInt8.max).filter { $0[keyPath: isMember] }
        #expect(members == characters.utf8.sorted())
    }

    @Test("A key is spelled by its 64 digits in lower case, and by nothing else")
    func spelling() throws {
        let digits = "0123456789abcdef" + "fedcba9876543210" + "00000000000000ff" + "ffffffff0000000a"
        let key = try #require(CacheKey(digits))
        #expect(key.description == digits)
        #expect(key.isSpelled(by: Array(digits.utf8).span))
        #expect(!key.isSpelled(by: Array(digits.uppercased().utf8).span))
        #expect(!key.isSpelled(by: Array(digits.dropLast().utf8).span))
        #expect(!key.isSpelled(by: Array((digits.dropLast() + "b").utf8).span))
    }
}
