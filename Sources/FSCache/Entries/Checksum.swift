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
        self.value = unsafe bytes.withUnsafeBytes { unsafe Self.hash($0) }
    }

    /// Computes the checksum of some bytes.
    init(of bytes: Span<UInt8>) {
        self.value = unsafe bytes.withUnsafeBytes { unsafe Self.hash($0) }
    }

    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    @inline(__always)
    private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 {
        value &<< count | value &>> (64 &- count)
    }

    @inline(__always)
    private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
        rotate(lane &+ input &* prime2, 31) &* prime1
    }

    @inline(__always)
    private static func merge(_ hash: UInt64, _ lane: UInt64) -> UInt64 {
        (hash ^ round(0, lane)) &* prime1 &+ prime4
    }

    private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        @inline(__always)
        func load<Word: FixedWidthInteger>(_ type: Word.Type, at offset: Int) -> Word {
            unsafe Word(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: type))
        }

        let count = bytes.count
        var offset = 0
        var hash: UInt64
        if count >= 32 {
            var (lane1, lane2) = (prime1 &+ prime2, prime2)
            var (lane3, lane4) = (UInt64(0), 0 &- prime1)
            while offset <= count - 32 {
                lane1 = round(lane1, load(UInt64.self, at: offset))
                lane2 = round(lane2, load(UInt64.self, at: offset + 8))
                lane3 = round(lane3, load(UInt64.self, at: offset + 16))
                lane4 = round(lane4, load(UInt64.self, at: offset + 24))
                offset += 32
            }
            hash = rotate(lane1, 1) &+ rotate(lane2, 7) &+ rotate(lane3, 12) &+ rotate(lane4, 18)
            hash = merge(merge(merge(merge(hash, lane1), lane2), lane3), lane4)
        } else {
            hash = prime5
        }
        hash &+= UInt64(count)
        while offset <= count - 8 {
            hash = rotate(hash ^ round(0, load(UInt64.self, at: offset)), 27) &* prime1 &+ prime4
            offset += 8
        }
        if offset <= count - 4 {
            hash = rotate(hash ^ UInt64(load(UInt32.self, at: offset)) &* prime1, 23) &* prime2 &+ prime3
            offset += 4
        }
        while offset < count {
            hash = rotate(hash ^ UInt64(load(UInt8.self, at: offset)) &* prime5, 11) &* prime1
            offset += 1
        }
        hash = (hash ^ (hash &>> 33)) &* prime2
        hash = (hash ^ (hash &>> 29)) &* prime3
        return hash ^ (hash &>> 32)
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
