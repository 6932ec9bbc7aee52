import Foundation
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import FSCache

/// An origin's content: a test lets its chunks go one by one, and sees how many have been taken.
private final class Tap: AsyncSequence, Sendable {
    struct Broken: Error {}

    private let chunks: [Data]
    private let breaks: Bool
    private let taken = Atomic(0)

    init(_ chunks: [Data], breaks: Bool = false) {
        (self.chunks, self.breaks) = (chunks, breaks)
    }

    var count: Int { taken.load(ordering: .acquiring) }

    struct Iterator: AsyncIteratorProtocol {
        let tap: Tap
        var index = 0

        mutating func next() async throws -> Data? {
            try Task.checkCancellation()
            guard index < tap.chunks.count else {
                if tap.breaks { throw Broken() }
                return nil
            }
            defer { index += 1 }
            tap.taken.add(1, ordering: .acquiringAndReleasing)
            return tap.chunks[index]
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(tap: self) }
}

@Suite("Incoming bodies")
struct IncomingBodyTests {
    private static let chunk = 256 << 10

    /// Chunks that tell where in the body they belong.
    private func chunks(_ count: Int, of byteCount: Int = chunk) -> [Data] {
        (0..<count).map { Data(repeating: UInt8(truncatingIfNeeded: $0), count: byteCount) }
    }

    /// Waits until something becomes true, as it must.
    private func eventually(_ condition: () -> Bool) async {
        while !condition() { await Task.yield() }
    }

    @Test("Every reader gets the whole body, including readers that join later", arguments: [1, 2, 7])
    func readersGetAll(count: Int) async throws {
        let parts = chunks(20, of: 1000)
        let body = IncomingBody()
        var readers = [try #require(body.join())]
        _ = body.started(Tap(parts))
        for _ in 1..<count { readers.append(try #require(body.join())) }
        for reader in readers { #expect(try await reader.collect() == Data(parts.joined())) }
        let late = try #require(body.join())
        #expect(try await late.collect() == Data(parts.joined()))
    }

    @Test("The network is read no further than a window ahead of the reader")
    func pushesBack() async throws {
        let tap = Tap(chunks(12))
        let body = IncomingBody()
        let reader = try #require(body.join())
        _ = body.started(tap)
        let ahead = IncomingBody.window / Self.chunk
        await eventually { tap.count >= ahead }
        var iterator = reader.makeAsyncIterator()
        for number in 0..<12 {
            #expect(try await iterator.next() == chunks(12)[number])
            #expect(tap.count <= number + 1 + ahead + 1)
        }
        #expect(try await iterator.next() == nil)
    }

    @Test("Bytes that all readers have had are dropped when no entry keeps them; nobody can join then")
    func keepsAWindow() async throws {
        let tap = Tap(chunks(12))
        let body = IncomingBody()
        body.keepLess()
        let reader = try #require(body.join())
        _ = body.started(tap)
        var iterator = reader.makeAsyncIterator()
        for _ in 0..<8 { _ = try await iterator.next() }
        #expect(body.join() == nil)
        var rest = 8
        while try await iterator.next() != nil { rest += 1 }
        #expect(rest == 12)
    }

    @Test(
        "Late readers read the beginning from the entry that is being written, from an offset too",
        arguments: [0, 1000]
    )
    func readsFromTheEntry(offset: Int) async throws {
        let parts = chunks(12)
        let response = try storedResponse()
        let backend = MemoryBackend()
        let key = CacheKey(hashing: Data("a".utf8))
        let entry = try await NativeEntryWriter(response, for: key, in: backend)
        let body = IncomingBody()
        let before = Data(repeating: 255, count: offset)
        try await entry.append(before)
        body.keepLess(entry: entry, from: offset)
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
        #expect(rest == Data(parts[8...].joined()))
        #expect(try await early == Data(parts.joined()))

        let stored = try #require(try await backend.open(key))
        let reader = try await NativeEntryReader(stored, for: key)
        #expect(reader.response == response)
        let pieces = HTTPBody(reader.pieces(of: 0..<reader.byteCount) {})
        #expect(try await pieces.collect() == before + Data(parts.joined()))
        let whole = try NativeEntry.decode(try #require(try await backend.read(key)).bytes, for: key)
        #expect(whole.body == before + Data(parts.joined()))
    }

    @Test("When the network fails, every reader gets the bytes before the failure, then the error")
    func failsForAll() async throws {
        let parts = chunks(3, of: 10)
        let body = IncomingBody()
        let readers = [try #require(body.join()), try #require(body.join())]
        _ = body.started(Tap(parts, breaks: true))
        for reader in readers {
            var iterator = reader.makeAsyncIterator()
            for part in parts { #expect(try await iterator.next() == part) }
            await #expect(throws: Tap.Broken.self) { try await iterator.next() }
        }
    }

    @Test("When the last reader leaves, the network request is cancelled")
    func endsWithItsReaders() async throws {
        let tap = Tap(chunks(100))
        let body = IncomingBody()
        let ended = Atomic(false)
        do {
            let reader = try #require(body.join())
            body.start { body in
                defer { ended.store(true, ordering: .releasing) }
                for try await chunk in HTTPBody(tap) { try await body.append(chunk) }
            }
            var iterator = reader.makeAsyncIterator()
            _ = try await iterator.next()
        }
        await eventually { ended.load(ordering: .acquiring) }
        #expect(tap.count < 100)
    }

    @Test("A body that is to be finished is read to its end without readers")
    func outlivesItsReaders() async throws {
        let tap = Tap(chunks(100))
        let body = IncomingBody(finisher: BackgroundTasks())
        do {
            let reader = try #require(body.join())
            _ = body.started(tap)
            var iterator = reader.makeAsyncIterator()
            _ = try await iterator.next()
        }
        await eventually { tap.count == 100 }
    }

    @Test("A reader whose task is cancelled stops waiting, and the others don't")
    func cancelsOne() async throws {
        let body = IncomingBody()
        let (patient, impatient) = (try #require(body.join()), try #require(body.join()))
        let waiting = Task { try await impatient.collect() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        _ = body.started(Tap([Data("all".utf8)]))
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

extension IncomingBody {
    fileprivate func started(_ tap: Tap) -> IncomingBody {
        start { body in
            for try await chunk in HTTPBody(tap) { try await body.append(chunk) }
        }
        return self
    }
}
