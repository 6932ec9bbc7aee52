import FSCacheTesting
import Foundation
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import FSCache

/// The chunks of an origin.
///
/// A test can wait until a number of them have been taken.
private final class Source: AsyncSequence, Sendable {
    struct Broken: Error {}

    private let chunks: [Data]
    private let breaks: Bool
    private let gates: [Gate]

    init(_ chunks: [Data], breaks: Bool = false) {
        (self.chunks, self.breaks) = (chunks, breaks)
        gates = chunks.map { _ in Gate() }
    }

    /// The number of chunks that have been taken.
    var count: Int { gates.count { $0.isOpen } }

    func taken(_ count: Int) async { await gates[count - 1].opened() }

    struct Iterator: AsyncIteratorProtocol {
        let source: Source
        var index = 0

        mutating func next() async throws -> Data? {
            try Task.checkCancellation()
            guard index < source.chunks.count else {
                if source.breaks { throw Broken() }
                return nil
            }
            defer { index += 1 }
            source.gates[index].open()
            return source.chunks[index]
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(source: self) }
}

@Suite("Shared body", .timeLimit(.minutes(1)))
struct SharedBodyTests {
    private static let chunk = 256 << 10

    /// Chunks that differ, so that their order can be checked.
    private func chunks(_ count: Int, of byteCount: Int = chunk) -> [Data] {
        (0..<count).map { Data(repeating: UInt8(truncatingIfNeeded: $0), count: byteCount) }
    }

    /// `Data(chunks.joined())` takes seconds in a debug build, because it goes byte by byte.
    private func joined(_ chunks: some Sequence<Data>) -> Data { chunks.reduce(Data(), +) }

    @Test("Every reader gets all bytes, also if it joins later", arguments: [1, 2, 7])
    func readersGetAll(count: Int) async throws {
        let parts = chunks(20, of: 1000)
        let body = SharedBody()
        var readers = [try #require(body.join())]
        _ = body.started(Source(parts))
        for _ in 1..<count { readers.append(try #require(body.join())) }
        for reader in readers { #expect(try await reader.collect() == joined(parts)) }
        let late = try #require(body.join())
        #expect(try await late.collect() == joined(parts))
    }

    @Test("The network is read no further than a window ahead of the reader")
    func pushesBack() async throws {
        let parts = chunks(12)
        let source = Source(parts)
        let body = SharedBody()
        let reader = try #require(body.join())
        _ = body.started(source)
        let ahead = SharedBody.window / Self.chunk
        await source.taken(ahead)
        var iterator = reader.makeAsyncIterator()
        for number in 0..<12 {
            #expect(try await iterator.next() == parts[number])
            #expect(source.count <= number + 1 + ahead + 1)
        }
        #expect(try await iterator.next() == nil)
    }

    @Test("Without an entry, bytes are dropped once every reader has them, and then no reader can join")
    func keepsAWindow() async throws {
        let source = Source(chunks(12))
        let body = SharedBody()
        body.keepUnread()
        let reader = try #require(body.join())
        _ = body.started(source)
        var iterator = reader.makeAsyncIterator()
        for _ in 0..<8 { _ = try await iterator.next() }
        #expect(body.join() == nil)
        var rest = 8
        while try await iterator.next() != nil { rest += 1 }
        #expect(rest == 12)
    }

    @Test(
        "Late readers get the beginning from the entry that is being written, after the bytes it had before",
        arguments: [0, 1000]
    )
    func readsFromTheEntry(offset: Int) async throws {
        let parts = chunks(12)
        let response = try storedResponse()
        let backend = MemoryBackend()
        let key = CacheKey(hashing: Data("a".utf8))
        let writer = GatheringEntryWriter(backend, key, "cbor")
        let entry = try await NativeEntryWriter(response, for: key, to: writer)
        let body = SharedBody()
        let before = Data(repeating: 255, count: offset)
        try await entry.append(before)
        body.keepUnread { try await entry.read(from: offset + $0, upTo: $1) }
        let first = try #require(body.join())
        body.start { body in
            for part in parts {
                try await entry.append(part)
                try await body.append(part)
            }
            try await entry.commit()
        }
        var iterator = first.makeAsyncIterator()
        for number in 0..<8 { #expect(try await iterator.next() == parts[number]) }
        let second = try #require(body.join())
        async let early = second.collect()
        var rest = Data()
        while let chunk = try await iterator.next() { rest.append(chunk) }
        #expect(rest == joined(parts[8...]))
        #expect(try await early == joined(parts))

        let stored = try #require(try await backend.read(key))
        let reader = try await NativeEntryReader(stored, for: key)
        #expect(reader.response == response)
        let pieces = MessageBody(NativeEntryContent(reader) {})
        #expect(try await pieces.collect() == before + joined(parts))
        let whole = try NativeFormat().decode(stored.bytes, for: key)
        #expect(whole.body == before + joined(parts))
    }

    @Test("When the network fails, every reader gets the bytes before and then the error")
    func failsForAll() async throws {
        let parts = chunks(3, of: 10)
        let body = SharedBody()
        let readers = [try #require(body.join()), try #require(body.join())]
        _ = body.started(Source(parts, breaks: true))
        for reader in readers {
            var iterator = reader.makeAsyncIterator()
            for part in parts { #expect(try await iterator.next() == part) }
            await #expect(throws: Source.Broken.self) { try await iterator.next() }
        }
    }

    @Test("When the last reader leaves, the network is no longer read")
    func endsWithItsReaders() async throws {
        let source = Source(chunks(100))
        let body = SharedBody()
        let ended = Gate()
        do {
            let reader = try #require(body.join())
            body.start { body in
                defer { ended.open() }
                for try await chunk in MessageBody(source) { try await body.append(chunk) }
            }
            var iterator = reader.makeAsyncIterator()
            _ = try await iterator.next()
        }
        await ended.opened()
        #expect(source.count < 100)
    }

    @Test("A body with a finisher is read to its end without readers")
    func outlivesItsReaders() async throws {
        let pumps = Mutex<[Task<Void, Never>]>([])
        let source = Source(chunks(100))
        let body = SharedBody { pump in pumps.withLock { $0.append(pump) } }
        do {
            let reader = try #require(body.join())
            _ = body.started(source)
            var iterator = reader.makeAsyncIterator()
            _ = try await iterator.next()
        }
        await source.taken(100)
        let taken = pumps.withLock { $0 }
        #expect(taken.count == 1)
        for pump in taken { await pump.value }
    }

    @Test("Closures are called at the end of the body, or at once if it has ended")
    func whenEnded() async throws {
        let (before, after) = (Gate(), Gate())
        let body = SharedBody()
        let reader = try #require(body.join())
        body.whenEnded { before.open() }
        _ = body.started(Source(chunks(2)))
        _ = try await reader.collect()
        #expect(before.isOpen)
        body.whenEnded { after.open() }
        #expect(after.isOpen)
    }

    @Test("A reader gets an error if the entry can't be read back, and the others continue")
    func entryIsLost() async throws {
        struct Lost: Error {}
        let parts = chunks(12)
        for isEmpty in [true, false] {
            let body = SharedBody()
            body.keepUnread { _, _ in
                guard isEmpty else { throw Lost() }
                return Data()
            }
            let first = try #require(body.join())
            _ = body.started(Source(parts))
            var iterator = first.makeAsyncIterator()
            for part in parts.prefix(8) { #expect(try await iterator.next() == part) }
            let second = try #require(body.join())
            let error = await #expect(throws: (any Error).self) { try await second.collect() }
            if isEmpty { #expect((error as? FSCacheError)?.code == .storeFailed) } else { #expect(error is Lost) }
            for part in parts.dropFirst(8) { #expect(try await iterator.next() == part) }
            #expect(try await iterator.next() == nil)
        }
    }

    @Test("Readers that join, read and leave at any moment get all bytes or none", arguments: 0..<4)
    func storm(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let parts = chunks(24, of: 100_000)
        let whole = joined(parts)
        let body = SharedBody()
        let first = try #require(body.join())
        let written = Mutex(Data())
        body.keepUnread { offset, count in
            written.withLock { Data($0.dropFirst(offset).prefix(count)) }
        }
        body.start { body in
            for part in parts {
                written.withLock { $0 += part }
                try await body.append(part)
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                let all = try await first.collect()
                #expect(all == whole)
            }
            for _ in 0..<10 {
                let (delay, leavesAfter) = (
                    Int.random(in: 0..<50, using: &random), Int.random(in: 0..<40, using: &random)
                )
                tasks.addTask {
                    for _ in 0..<delay { await Task.yield() }
                    let reader = try #require(body.join())
                    var (received, count) = (Data(), 0)
                    for try await chunk in reader {
                        received += chunk
                        count += 1
                        if count == leavesAfter { break }
                    }
                    #expect(received == whole.prefix(received.count))
                    #expect(count == leavesAfter || received.count == whole.count)
                }
            }
            try await tasks.waitForAll()
        }
    }

    @Test("A reader whose task is cancelled stops waiting, and the others continue")
    func cancelsOne() async throws {
        let body = SharedBody()
        let (patient, impatient) = (try #require(body.join()), try #require(body.join()))
        let waiting = Task { try await impatient.collect() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        _ = body.started(Source([Data("all".utf8)]))
        #expect(try await patient.collect() == Data("all".utf8))
    }

    private func storedResponse() throws -> StoredResponse {
        let date = Date(timeIntervalSince1970: 1_800_000_000)
        return StoredResponse(
            request: .init(method: .get, url: "https://example.com/"),
            status: .ok,
            headerFields: [.server: "test"],
            body: Data(),
            requestedAt: date,
            receivedAt: date,
            createdAt: date,
            expires: nil
        )
    }
}

extension SharedBody {
    fileprivate func started(_ source: Source) -> SharedBody {
        start { body in
            for try await chunk in MessageBody(source) { try await body.append(chunk) }
        }
        return self
    }
}
