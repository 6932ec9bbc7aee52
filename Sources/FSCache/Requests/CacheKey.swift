internal import Crypto
public import Foundation
internal import Serializers

/// The SHA-256 digest under which a response is stored.
///
/// It is the name of the entry's file: `ab/cd/abcd….cbor`. The article <doc:CacheKeys> defines how a key is computed, and
/// `Fixtures/key-vectors.json` has test vectors.
public struct CacheKey: Sendable, Hashable {
    /// The digest as four big-endian words.
    package let words: (UInt64, UInt64, UInt64, UInt64)

    package init(words: (UInt64, UInt64, UInt64, UInt64)) {
        self.words = words
    }

    /// Makes a key from the bytes that you choose, for a ``CacheSettings/keyFunction``.
    ///
    /// - Parameter bytes: The bytes to hash.
    public init(hashing bytes: some DataProtocol) {
        var hash = SHA256()
        hash.update(data: bytes)
        self.init(digest: hash.finalize())
    }

    init(digest: SHA256Digest) {
        self.words = unsafe digest.withUnsafeBytes { bytes in
            func word(_ index: Int) -> UInt64 {
                unsafe UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
            }
            return (word(0), word(1), word(2), word(3))
        }
    }

    /// The number of hexadecimal digits with which the keys of all responses for a method and URL begin.
    static let targetDigits = 8

    /// This key with its first four bytes replaced by those of another one.
    func withTarget(of other: CacheKey) -> CacheKey {
        let target: UInt64 = 0xFFFF_FFFF << 32
        return CacheKey(words: (other.words.0 & target | words.0 & ~target, words.1, words.2, words.3))
    }

    /// Whether another key is for the same method and URL: both begin with the same four bytes.
    func hasTarget(of other: CacheKey) -> Bool { words.0 >> 32 == other.words.0 >> 32 }

    /// Reads a key from its 64 hexadecimal digits, in upper or lower case.
    ///
    /// Any other text gives `nil`.
    ///
    /// - Parameter hexadecimal: The digits.
    public init?(_ hexadecimal: some StringProtocol) {
        var text = String(hexadecimal)
        guard let key = text.withUTF8({ CacheKey(digits: unsafe $0.span) }) else { return nil }
        self = key
    }

    /// Reads a key from its 64 hexadecimal digits in ASCII.
    init?(digits: Span<UInt8>) {
        guard digits.count == 64 else { return nil }
        func word(_ index: Int) -> UInt64? {
            digits.extracting((index * 16)..<(index * 16 + 16)).hexadecimalWord
        }
        guard let first = word(0), let second = word(1), let third = word(2), let fourth = word(3) else { return nil }
        self.init(words: (first, second, third, fourth))
    }

    /// Compares the digests.
    public static func == (left: CacheKey, right: CacheKey) -> Bool {
        left.words == right.words
    }

    /// Hashes the last word of the digest, which is random enough.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.3)
    }
}

extension CacheKey: CustomStringConvertible, Comparable {
    /// The 64 hexadecimal digits, in lower case.
    public var description: String {
        unsafe withUnsafeBytes(of: digits) { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// The 64 hexadecimal digits, in lower case, as octets in their order.
    var digits: SIMD8<UInt64> {
        SIMD8(
            Self.digits(words.0 >> 32),
            Self.digits(words.0),
            Self.digits(words.1 >> 32),
            Self.digits(words.1),
            Self.digits(words.2 >> 32),
            Self.digits(words.2),
            Self.digits(words.3 >> 32),
            Self.digits(words.3)
        )
    }

    /// The eight digits of the lower half of a word.
    private static func digits(_ word: UInt64) -> UInt64 {
        // Spread the values of the digits over eight bytes, and turn all of them into characters at once.
        var digits = word & 0xFFFF_FFFF
        digits = (digits | digits << 16) & 0x0000_FFFF_0000_FFFF
        digits = (digits | digits << 8) & 0x00FF_00FF_00FF_00FF
        digits = (digits | digits << 4) & 0x0F0F_0F0F_0F0F_0F0F
        let areLetters = (digits + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        let fromNineToA = UInt64(UInt8(ascii: "a") - UInt8(ascii: "9") - 1)
        return (digits + 0x3030_3030_3030_3030 + areLetters * fromNineToA).bigEndian
    }

    /// Whether octets are the hexadecimal digits of this key, in lower case.
    func isSpelled(by octets: Span<UInt8>) -> Bool {
        unsafe withUnsafeBytes(of: digits) { unsafe octets.isEqual(to: $0.bindMemory(to: UInt8.self).span) }
    }

    /// Whether the hexadecimal digits of this key, in lower case, begin with some digits.
    func hasPrefix(_ prefix: String) -> Bool {
        prefix.isEmpty || description.hasPrefix(prefix)
    }

    /// Orders keys by their hexadecimal digits.
    public static func < (left: CacheKey, right: CacheKey) -> Bool {
        left.words < right.words
    }
}

extension CacheKey: Codable {
    /// Reads the 64 hexadecimal digits.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let key = CacheKey(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "A cache key is 64 hexadecimal digits, not \(text.debugDescription)."
            )
        }
        self = key
    }

    /// Writes the 64 hexadecimal digits.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
