internal import Foundation
internal import Serializers

/// XXH64 with seed 0: fast enough for every body on every read, and easy to check with `xxhsum -H64`.
///
/// It detects damage and edits, but doesn't protect against attackers.
struct Checksum: Sendable, Hashable {
    /// The hash.
    let value: UInt64

    /// Wraps a stored checksum.
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

    /// The digits with the name of the method, as in the text of an entry: `xxh64:ef46db3751d8e999`.
    var tagged: String { "\(Self.method)\(self)" }

    /// Reads the digits with the name of the method; `nil` for any other text.
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

/// Computes an XXH64 incrementally.
struct ChecksumHasher: Sendable {
    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    private static let stripeByteCount = 32

    private var lanes = (prime1 &+ prime2, prime2, UInt64(0), 0 &- prime1)
    private var byteCount = 0
    /// The last bytes, which don't fill a stripe yet.
    private var rest = Data()

    /// Adds bytes.
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        byteCount += bytes.count
        var start = 0
        if !rest.isEmpty {
            start = min(Self.stripeByteCount - rest.count, bytes.count)
            unsafe rest.append(contentsOf: bytes[..<start])
            guard rest.count == Self.stripeByteCount else { return }
            let stripe = rest
            _ = unsafe stripe.withUnsafeBytes { unsafe Self.takeStripes(of: $0, into: &lanes) }
            rest = Data()
        }
        let end = unsafe start + Self.takeStripes(of: UnsafeRawBufferPointer(rebasing: bytes[start...]), into: &lanes)
        if end < bytes.count { unsafe rest.append(contentsOf: bytes[end...]) }
    }

    /// Adds bytes.
    mutating func update(_ bytes: Data) {
        unsafe bytes.withUnsafeBytes { unsafe update($0) }
    }

    /// The checksum of all bytes so far.
    var checksum: Checksum {
        unsafe rest.withUnsafeBytes { unsafe Checksum(Self.finish(lanes, rest: $0, byteCount: byteCount)) }
    }

    /// Computes the checksum of all bytes at once.
    static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var lanes = (prime1 &+ prime2, prime2, UInt64(0), 0 &- prime1)
        let end = unsafe takeStripes(of: bytes, into: &lanes)
        return unsafe finish(lanes, rest: UnsafeRawBufferPointer(rebasing: bytes[end...]), byteCount: bytes.count)
    }
}

extension ChecksumHasher {
    private typealias Lanes = (UInt64, UInt64, UInt64, UInt64)

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

    @inline(__always)
    private static func load<Word: FixedWidthInteger>(
        _ type: Word.Type,
        at offset: Int,
        of bytes: UnsafeRawBufferPointer
    ) -> Word {
        unsafe Word(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: type))
    }

    /// Adds all whole stripes.
    ///
    /// - Returns: The number of bytes in them.
    private static func takeStripes(of bytes: UnsafeRawBufferPointer, into lanes: inout Lanes) -> Int {
        var (lane1, lane2, lane3, lane4) = lanes
        var offset = 0
        while offset <= bytes.count - stripeByteCount {
            unsafe lane1 = round(lane1, load(UInt64.self, at: offset, of: bytes))
            unsafe lane2 = round(lane2, load(UInt64.self, at: offset + 8, of: bytes))
            unsafe lane3 = round(lane3, load(UInt64.self, at: offset + 16, of: bytes))
            unsafe lane4 = round(lane4, load(UInt64.self, at: offset + 24, of: bytes))
            offset += stripeByteCount
        }
        lanes = (lane1, lane2, lane3, lane4)
        return offset
    }

    private static func finish(_ lanes: Lanes, rest: UnsafeRawBufferPointer, byteCount: Int) -> UInt64 {
        var hash = prime5
        if byteCount >= stripeByteCount {
            hash = rotate(lanes.0, 1) &+ rotate(lanes.1, 7) &+ rotate(lanes.2, 12) &+ rotate(lanes.3, 18)
            hash = merge(merge(merge(merge(hash, lanes.0), lanes.1), lanes.2), lanes.3)
        }
        hash &+= UInt64(byteCount)
        var offset = 0
        while offset <= rest.count - 8 {
            unsafe hash = rotate(hash ^ round(0, load(UInt64.self, at: offset, of: rest)), 27) &* prime1 &+ prime4
            offset += 8
        }
        if offset <= rest.count - 4 {
            unsafe hash =
                rotate(hash ^ UInt64(load(UInt32.self, at: offset, of: rest)) &* prime1, 23) &* prime2 &+ prime3
            offset += 4
        }
        while offset < rest.count {
            unsafe hash = rotate(hash ^ UInt64(rest[offset]) &* prime5, 11) &* prime1
            offset += 1
        }
        hash = (hash ^ (hash &>> 33)) &* prime2
        hash = (hash ^ (hash &>> 29)) &* prime3
        return hash ^ (hash &>> 32)
    }
}
