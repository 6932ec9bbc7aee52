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
        ] as [(any KeyPath<UInt8, Bool> & Sendable, String)]
    )
    func sets(_ isMember: any KeyPath<UInt8, Bool> & Sendable, _ characters: String) {
        let members = (UInt8.min...UInt8.max).filter { $0[keyPath: isMember] }
        #expect(members == characters.utf8.sorted())
    }

    @Test("A key is spelled by its 64 digits in lower case, and by nothing else")
    func spelling() throws {
        let digits = "0123456789abcdef" + "fedcba9876543210" + "00000000000000ff" + "ffffffff0000000a"
        let key = try #require(CacheKey(digits))
        #expect(key.description == digits)
        func isSpelled(by text: some StringProtocol) -> Bool { key.isSpelled(by: Array(text.utf8).span) }
        #expect(isSpelled(by: digits))
        #expect(!isSpelled(by: digits.uppercased()))
        #expect(!isSpelled(by: digits.dropLast()))
        #expect(!isSpelled(by: digits.dropLast() + "b"))
    }
}
