public import Foundation

/// The content of a request or a response: bytes at hand, or a stream of chunks that can be read once.
public struct HTTPBody: Sendable {
    private enum Storage: Sendable {
        case bytes(Data)
        case stream(@Sendable () -> Iterator)
    }

    private let storage: Storage
    /// The number of bytes, where it is known beforehand.
    public let byteCount: Int?

    /// Makes a body of bytes at hand.
    ///
    /// - Parameter bytes: The content.
    public init(_ bytes: Data) {
        self.storage = .bytes(bytes)
        self.byteCount = bytes.count
    }

    /// Makes a body of a stream of chunks.
    ///
    /// - Parameters:
    ///   - chunks: The content. It is read once.
    ///   - byteCount: The number of bytes, where it is known beforehand.
    public init<Chunks: AsyncSequence & Sendable>(_ chunks: Chunks, byteCount: Int? = nil)
    where Chunks.Element == Data {
        self.storage = .stream {
            var iterator = chunks.makeAsyncIterator()
            return Iterator { try await iterator.next(isolation: #isolation) }
        }
        self.byteCount = byteCount
    }

    /// The bytes, when they are at hand.
    public var bytes: Data? {
        if case .bytes(let bytes) = storage { bytes } else { nil }
    }

    /// Reads the body to its end.
    ///
    /// - Returns: The content.
    /// - Throws: What the stream throws, such as when it ends early.
    public func collect() async throws -> Data {
        if let bytes { return bytes }
        var collected = Data()
        for try await chunk in self { collected.append(chunk) }
        return collected
    }
}

extension HTTPBody: AsyncSequence {
    /// Hands out the chunks one after the other.
    public struct Iterator: AsyncIteratorProtocol {
        private let nextChunk: () async throws -> Data?

        fileprivate init(_ nextChunk: @escaping () async throws -> Data?) {
            self.nextChunk = nextChunk
        }

        /// Waits for the next chunk.
        ///
        /// - Returns: The chunk, or `nil` at the end.
        /// - Throws: What the stream throws.
        public mutating func next() async throws -> Data? {
            try await nextChunk()
        }
    }

    /// Begins to read.
    public func makeAsyncIterator() -> Iterator {
        switch storage {
        case .bytes(let bytes):
            var rest: Data? = bytes.isEmpty ? nil : bytes
            return Iterator {
                defer { rest = nil }
                return rest
            }
        case .stream(let makeIterator):
            return makeIterator()
        }
    }
}
