internal import Foundation

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

    /// Reads 16 hexadecimal digits.
    init?(_ text: String) {
        guard text.utf8.count == 16, let value = UInt64(text, radix: 16) else { return nil }
        self.value = value
    }
}
