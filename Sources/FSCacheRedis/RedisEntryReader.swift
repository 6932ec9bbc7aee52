#if Redis
internal import FSCache
internal import Foundation
internal import Synchronization

/// Reads an entry: the first bytes are here, and the others are in the server.
final class RedisEntryReader: EntryReader {
    let fileExtension: String
    let byteCount: Int
    private let body: RedisBody
    private let first: Data
    /// The part that was read last, because the next piece often begins in it.
    private let last = Mutex((number: 0, bytes: Data()))

    init(_ body: RedisBody, _ fileExtension: String, byteCount: Int, first: Data) {
        self.body = body
        self.fileExtension = fileExtension
        self.byteCount = byteCount
        self.first = first
    }

    /// The id of the write that stored the entry.
    var id: String { body.id }

    /// Reads all bytes.
    func readAll() async throws -> Data {
        byteCount == first.count ? first : try await read(from: 0, upTo: byteCount)
    }

    func read(from offset: Int, upTo count: Int) async throws -> Data {
        let end = min(byteCount, offset + min(count, byteCount))
        guard offset < end else { return Data() }
        guard offset > 0 || end != first.count else { return first }
        var bytes = Data(first.dropFirst(offset).prefix(end - offset))
        bytes.reserveCapacity(end - offset)
        while offset + bytes.count < end {
            let position = offset + bytes.count
            let number = position / RedisBody.partByteCount
            let known = last.withLock { $0.number == number ? $0.bytes : nil }
            let numbers = number..<min(number + RedisBody.partsPerOperation, (end - 1) / RedisBody.partByteCount + 1)
            let parts = if let known { [known] } else { try await body.parts(numbers) }
            let lastNumber = number + parts.count - 1
            last.withLock { $0 = (lastNumber, parts[parts.count - 1]) }
            let start = position - number * RedisBody.partByteCount
            for (index, part) in parts.enumerated() {
                bytes.append(part.dropFirst(index == 0 ? start : 0).prefix(end - offset - bytes.count))
            }
            guard offset + bytes.count > position else {
                throw FSCacheError(.storeFailed, "Redis has a damaged entry: a part of it is too short.")
            }
        }
        return bytes
    }
}
#endif
