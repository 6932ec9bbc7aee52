import Foundation
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import FSCache

@Suite("Pieces of a stored body")
struct EntryPiecesTests {
    /// Files that record how far their entries have been read.
    private final class RecordingBackend: StreamingBackend {
        private struct Reader: EntryReader {
            let reader: any EntryReader
            let backend: RecordingBackend

            var fileExtension: String { reader.fileExtension }
            var byteCount: Int { reader.byteCount }

            func read(from offset: Int, upTo count: Int) async throws -> Data {
                backend.ends.withLock { $0.append(offset + count) }
                return try await reader.read(from: offset, upTo: count)
            }
        }

        let ends = Mutex<[Int]>([])
        private let files: FilesystemBackend

        init(_ files: FilesystemBackend) {
            self.files = files
        }

        func open(_ key: CacheKey) async throws -> (any EntryReader)? {
            try await files.open(key).map { Reader(reader: $0, backend: self) }
        }
        func makeWriter(for key: CacheKey, fileExtension: String, expires: Date?) async throws -> any EntryWriter {
            try await files.makeWriter(for: key, fileExtension: fileExtension, expires: expires)
        }
        func read(_ key: CacheKey) async throws -> EncodedEntry? { try await files.read(key) }
        func write(_ entry: EncodedEntry, for key: CacheKey) async throws { try await files.write(entry, for: key) }
        func remove(_ key: CacheKey) async throws -> Bool { try await files.remove(key) }
        func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error> { files.list(prefix: prefix) }
        func close() async { await files.close() }
    }

    @Test("A reader that stops reading holds one small piece, and nothing is read ahead of it")
    func readsNoFurther() async throws {
        let scratch = try ScratchDirectory()
        let backend = RecordingBackend(try FilesystemBackend(root: .path(scratch("cache"))))
        let body = Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        let transport = ScriptedTransport { _ in TransportResponse(200, [:], body: body) }
        let session = CachedSession(cache: ResponseCache(backend: backend), transport: transport)
        let request = HTTPRequest(method: .get, scheme: "https", authority: "example.com", path: "/large")
        _ = try await session.send(request)

        let hit = try await session.stream(request)
        #expect(hit.head.isFromCache)
        var pieces = hit.body.makeAsyncIterator()
        var received = Data()
        while let piece = try await pieces.next() {
            received += piece
            #expect(piece.count <= 256 << 10)
            let end = backend.ends.withLock { $0.max() ?? 0 }
            #expect(end <= received.count + 64 << 10, "the head of the entry is at most 64 KiB")
        }
        #expect(received == body)
    }
}
