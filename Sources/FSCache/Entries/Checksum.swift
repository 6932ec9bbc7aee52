internal import Foundation
internal import Serializers

/// XXH64 with seed 0: fast enough to run over every body on every read, and found on every system as `xxhsum -H64`.
///
/// It tells damage and edits from what was stored; it is no protection against somebody who means harm.
struct Checksum: Sendable, Hashable {
    /// The hash.
    let value: UInt64

    /// Takes a checksum as it was stored.
    init(_ value: UInt64) {
        self.value = value
    }

    /// Computes the checksum of some bytes.
    init(of bytes: Data) {
        self.value = unsafe bytes.withUnsafeBytes { unsafe ChecksumHasher.hash($0) }
    }

    /// Computes the checksum of some bytes.
    init(of bytes: Span<UInt8>) {
        self.value = unsafe bytes.withUnsafeBytes { unsafe ChecksumHasher.hash($0) }
    }
}

extension Checksum: CustomStringConvertible {
    /// 16 hexadecimal digits, as `xxhsum` prints them.
    var description: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static let method: StaticString = "xxh64:"

    /// The digits with the method before them, as an entry's text has them: `xxh64:ef46db3751d8e999`.
    var tagged: String { "\(Self.method)\(self)" }

    /// Reads the digits with the method before them; `nil` when the text is anything else.
    init?(tagged text: String) {
        var text = text
        let value = text.withUTF8 { octets -> UInt64? in
            let octets = unsafe octets.span
            let methodCount = Self.method.utf8CodeUnitCount
            guard Self.method ~= octets.extracting(first: methodCount) else { return nil }
            return octets.extracting(droppingFirst: methodCount).hexadecimalWord
        }
        guard let value else { return nil }
        self.value = value
    }
}
