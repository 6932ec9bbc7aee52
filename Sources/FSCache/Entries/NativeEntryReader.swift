internal import Foundation

/// Reads an entry in the native format: first its head, then its body in pieces.
struct NativeEntryReader: Sendable {
    /// The stored response without its body.
    let response: StoredResponse
    private let entry: any EntryReader
    private let body: Range<Int>
    private let bodyChecksum: Checksum

    /// Nearly all heads are shorter.
    private static let expectedHeadByteCount = 64 << 10
    /// Heads of more bytes are read with their whole entry.
    private static let maximumHeadByteCount = 32 << 20
    /// A consumer that stops reading holds one piece, and a proxy has many of them.
    static let pieceByteCount = 256 << 10

    /// Reads the head.
    ///
    /// - Throws: When it is damaged, or the entry belongs to another key.
    init(_ entry: any EntryReader, for key: CacheKey) async throws {
        let opened = try await Self.open(entry, for: key)
        self.entry = entry
        self.response = opened.response
        self.body = opened.body
        self.bodyChecksum = opened.bodyChecksum
    }

    private static func open(_ entry: any EntryReader, for key: CacheKey) async throws -> NativeFormat.Opened {
        var count = expectedHeadByteCount
        while true {
            let bytes = try await entry.read(from: 0, upTo: count)
            do {
                return try NativeFormat.open(bytes, byteCount: entry.byteCount, for: key)
            } catch  where bytes.count == count && count < min(entry.byteCount, maximumHeadByteCount) {
                count *= 8
            }
        }
    }

    /// The number of bytes of the body.
    var byteCount: Int { body.count }

    /// Reads some of the body.
    ///
    /// The checksum covers the whole body, so a damaged body throws at its last piece, and a part can't be verified.
    ///
    /// - Parameters:
    ///   - range: The bytes to read.
    ///   - onDamage: Called when the body is damaged.
    /// - Returns: The pieces.
    fileprivate func pieces(of range: Range<Int>, onDamage: @escaping @Sendable () async -> Void) -> NativeEntryBody {
        NativeEntryBody(
            entry: entry,
            range: (body.lowerBound + range.lowerBound)..<(body.lowerBound + range.upperBound),
            checksum: range.count == body.count ? bodyChecksum : nil,
            pieceByteCount: Self.pieceByteCount,
            onDamage: onDamage
        )
    }
}

/// The body of an entry in the native format, read from the store on demand.
final class NativeEntryContent: StoredContent {
    private let entry: NativeEntryReader
    private let onDamage: @Sendable () async -> Void

    /// Makes the body of an entry.
    ///
    /// - Parameters:
    ///   - entry: The entry.
    ///   - onDamage: Called when the body is damaged.
    init(_ entry: NativeEntryReader, onDamage: @escaping @Sendable () async -> Void) {
        self.entry = entry
        self.onDamage = onDamage
    }

    var byteCount: Int { entry.byteCount }

    func chunks(of range: Range<Int>) -> MessageBody.Iterator {
        var pieces = entry.pieces(of: range, onDamage: onDamage).makeAsyncIterator()
        return MessageBody.Iterator { try await pieces.next(isolation: #isolation) }
    }
}

/// The body of an entry, or a part of it, as a sequence that can be read any number of times.
private struct NativeEntryBody: AsyncSequence, Sendable {
    fileprivate let entry: any EntryReader
    fileprivate let range: Range<Int>
    fileprivate let checksum: Checksum?
    fileprivate let pieceByteCount: Int
    fileprivate let onDamage: @Sendable () async -> Void

    struct Iterator: AsyncIteratorProtocol {
        private let body: NativeEntryBody
        private var offset: Int
        private var hasher = ChecksumHasher()

        fileprivate init(_ body: NativeEntryBody) {
            self.body = body
            self.offset = body.range.lowerBound
        }

        mutating func next() async throws -> Data? {
            guard offset < body.range.upperBound else { return nil }
            let count = Swift.min(body.pieceByteCount, body.range.upperBound - offset)
            let bytes = try await body.entry.read(from: offset, upTo: count)
            offset += bytes.count
            guard bytes.count == count, isWhole(with: bytes) else {
                await body.onDamage()
                throw FSCacheError(.storeFailed, "The stored body is damaged. Send the request again.")
            }
            return bytes
        }

        /// Whether the body is undamaged, if these are its last bytes.
        private mutating func isWhole(with bytes: Data) -> Bool {
            guard let checksum = body.checksum else { return true }
            hasher.update(bytes)
            return offset < body.range.upperBound || hasher.checksum == checksum
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(self) }
}
