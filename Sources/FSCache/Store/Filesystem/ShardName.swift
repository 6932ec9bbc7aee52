internal import Serializers

/// One of the 65,536 directories that entries are spread over, named by a key's first two bytes: `ab/cd`.
///
/// Keys are digests, so that each shard holds a fair random sample of the entries.
struct ShardName: Sendable, Hashable {
    var first: UInt8
    var second: UInt8

    init(first: UInt8, second: UInt8) {
        self.first = first
        self.second = second
    }

    init(_ key: CacheKey) {
        self.init(first: UInt8(key.words.0 >> 56), second: UInt8(key.words.0 >> 48 & 0xff))
    }

    var path: String { "\(Self.digits(first))/\(Self.digits(second))" }

    /// The name of the directory of one level.
    static func digits(_ byte: UInt8) -> String {
        String(hexadecimal: CollectionOfOne(byte))
    }

    /// Reads the name of a directory of one level: exactly two hexadecimal digits in lower case.
    static func byte(_ name: String) -> UInt8? {
        let digits = name.utf8.compactMap(\.lowercaseHexDigitValue)
        guard digits.count == 2, name.utf8.count == 2 else { return nil }
        return digits[0] << 4 | digits[1]
    }
}
