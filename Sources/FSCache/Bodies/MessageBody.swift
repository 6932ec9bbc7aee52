public import Foundation

/// The content of a request or a response: bytes in memory, content in the store, or a stream that can be read once.
public struct MessageBody: Sendable {
    private enum Storage: Sendable {
        case bytes(Data)
        case stored(any StoredContent, Range<Int>)
        case stream(Stream)
    }

    /// A stream equals itself alone, so it has an identity.
    private final class Stream: Sendable {
        let makeIterator: @Sendable () -> Iterator
        /// The body that others may join, if the stream is one of its readers.
        let shared: IncomingBody?

        init(shared: IncomingBody?, _ makeIterator: @escaping @Sendable () -> Iterator) {
            self.shared = shared
            self.makeIterator = makeIterator
        }
    }

    private let storage: Storage
    /// The number of bytes, if it is known before the body has been read.
    public let byteCount: Int?

    /// A body without content.
    static let empty = MessageBody(Data())

    /// Makes a body of bytes in memory.
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
    ///   - byteCount: The number of bytes, if it is known beforehand.
    public init<Chunks: AsyncSequence & Sendable>(_ chunks: Chunks, byteCount: Int? = nil)
    where Chunks.Element == Data {
        self.init(chunks, byteCount: byteCount, shared: nil)
    }

    /// Makes a body of one reader of a shared body.
    init<Chunks: AsyncSequence & Sendable>(_ chunks: Chunks, byteCount: Int?, shared: IncomingBody?)
    where Chunks.Element == Data {
        self.storage = .stream(
            Stream(shared: shared) {
                var iterator = chunks.makeAsyncIterator()
                return Iterator { try await iterator.next(isolation: #isolation) }
            }
        )
        self.byteCount = byteCount
    }

    /// Makes a body of content in the store.
    init(_ content: some StoredContent) {
        self.init(storage: .stored(content, 0..<content.byteCount), byteCount: content.byteCount)
    }

    private init(storage: Storage, byteCount: Int?) {
        self.storage = storage
        self.byteCount = byteCount
    }

    /// The bytes, if they are in memory.
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

extension MessageBody {
    /// Whether the content can be read once only.
    var isStream: Bool {
        if case .stream = storage { true } else { false }
    }

    /// The body that others may join, if this is one of its readers.
    var shared: IncomingBody? {
        if case .stream(let stream) = storage { stream.shared } else { nil }
    }

    /// Some of the content; `nil` for a stream, which can't be cut before it has been read.
    ///
    /// - Parameter range: Which bytes of the content.
    /// - Returns: A body of these bytes.
    func part(_ range: Range<Int>) -> MessageBody? {
        switch storage {
        case .bytes(let bytes):
            return MessageBody(
                bytes.subdata(in: (bytes.startIndex + range.lowerBound)..<(bytes.startIndex + range.upperBound))
            )
        case .stored(let content, let whole):
            let part = (whole.lowerBound + range.lowerBound)..<(whole.lowerBound + range.upperBound)
            return MessageBody(storage: .stored(content, part), byteCount: part.count)
        case .stream: return nil
        }
    }
}

extension MessageBody: AsyncSequence {
    /// Hands out the chunks one after the other.
    public struct Iterator: AsyncIteratorProtocol {
        private let nextChunk: () async throws -> Data?

        init(_ nextChunk: @escaping () async throws -> Data?) {
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
        case .stored(let content, let range): return content.chunks(of: range)
        case .stream(let stream): return stream.makeIterator()
        }
    }
}

/// Bytes are compared; a stream, and content in the store, equals itself alone.
extension MessageBody: Hashable {
    public static func == (left: MessageBody, right: MessageBody) -> Bool {
        switch (left.storage, right.storage) {
        case (.bytes(let left), .bytes(let right)): left == right
        case (.stored(let left, let leftRange), .stored(let right, let rightRange)):
            left === right && leftRange == rightRange
        case (.stream(let left), .stream(let right)): left === right
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch storage {
        case .bytes(let bytes): hasher.combine(bytes)
        case .stored(let content, _): hasher.combine(ObjectIdentifier(content))
        case .stream(let stream): hasher.combine(ObjectIdentifier(stream))
        }
    }
}

/// Content that lies in the store: it can be read any number of times, as a whole or in part.
protocol StoredContent: AnyObject, Sendable {
    /// The number of bytes.
    var byteCount: Int { get }

    /// Begins to read some of the bytes.
    func chunks(of range: Range<Int>) -> MessageBody.Iterator
}
