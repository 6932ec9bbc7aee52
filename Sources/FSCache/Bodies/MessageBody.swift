public import Foundation

/// The content of a request or a response: bytes in memory, content in the store, or a stream that can be read once.
public struct MessageBody: Sendable {
    // Copied on every hit: two words and a tag, and bytes need no allocation.
    private enum Storage: Sendable {
        case bytes(Data)
        indirect case stored(any StoredContent, Range<Int>)
        case stream(Stream)
    }

    private final class Stream: Sendable {
        let makeIterator: @Sendable () -> Iterator
        let byteCount: Int?
        let shared: SharedBody?

        init(byteCount: Int?, shared: SharedBody?, _ makeIterator: @escaping @Sendable () -> Iterator) {
            self.byteCount = byteCount
            self.shared = shared
            self.makeIterator = makeIterator
        }
    }

    private let storage: Storage

    /// A body without content.
    static let empty = MessageBody(Data())

    /// Makes a body of bytes in memory.
    ///
    /// - Parameter bytes: The content.
    public init(_ bytes: Data) {
        storage = .bytes(bytes)
    }

    /// Makes a body of a stream of chunks.
    ///
    /// - Parameters:
    ///   - chunks: The content, which is read once.
    ///   - byteCount: The number of bytes, if you know it in advance.
    public init<Chunks: AsyncSequence & Sendable>(_ chunks: Chunks, byteCount: Int? = nil)
    where Chunks.Element == Data {
        self.init(byteCount: byteCount) {
            var iterator = chunks.makeAsyncIterator()
            return Iterator { try await iterator.next(isolation: #isolation) }
        }
    }

    /// Makes a body of a stream.
    ///
    /// - Parameters:
    ///   - byteCount: The number of bytes, if it is known in advance.
    ///   - shared: The shared body that the stream is a reader of.
    ///   - makeIterator: Starts reading.
    init(byteCount: Int?, shared: SharedBody? = nil, _ makeIterator: @escaping @Sendable () -> Iterator) {
        storage = .stream(Stream(byteCount: byteCount, shared: shared, makeIterator))
    }

    /// Makes a body of content in the store.
    init(_ content: some StoredContent) {
        storage = .stored(content, 0..<content.byteCount)
    }

    private init(_ content: any StoredContent, _ range: Range<Int>) {
        storage = .stored(content, range)
    }

    /// The number of bytes, if it is known before the body has been read.
    public var byteCount: Int? {
        switch storage {
        case .bytes(let bytes): bytes.count
        case .stored(_, let range): range.count
        case .stream(let stream): stream.byteCount
        }
    }

    /// The bytes, if they are in memory.
    public var bytes: Data? {
        if case .bytes(let bytes) = storage { bytes } else { nil }
    }

    /// Reads the body to its end.
    ///
    /// - Returns: The content.
    /// - Throws: Any error of the stream, such as when it ends early.
    public func collect() async throws -> Data {
        if let bytes { return bytes }
        var collected = Data()
        for try await chunk in self { collected.append(chunk) }
        return collected
    }
}

extension MessageBody {
    /// Whether the content can be read only once.
    var isStream: Bool {
        if case .stream = storage { true } else { false }
    }

    /// The shared body, if this body is one of its readers.
    var shared: SharedBody? {
        if case .stream(let stream) = storage { stream.shared } else { nil }
    }

    /// A part of the content; `nil` for a stream, which can't be cut before it has been read.
    ///
    /// - Parameter range: The offsets of the bytes.
    /// - Returns: A body of these bytes.
    func part(_ range: Range<Int>) -> MessageBody? {
        switch storage {
        case .bytes(let bytes):
            let start = bytes.startIndex
            return MessageBody(bytes.subdata(in: (start + range.lowerBound)..<(start + range.upperBound)))
        case .stored(let content, let whole):
            let start = whole.lowerBound
            return MessageBody(content, (start + range.lowerBound)..<(start + range.upperBound))
        case .stream: return nil
        }
    }
}

extension MessageBody: AsyncSequence {
    /// Returns the chunks, one at a time.
    public struct Iterator: AsyncIteratorProtocol {
        private var bytes: Data?
        private let nextChunk: (() async throws -> Data?)?

        fileprivate init(_ bytes: Data) {
            self.bytes = bytes.isEmpty ? nil : bytes
            self.nextChunk = nil
        }

        init(_ nextChunk: @escaping () async throws -> Data?) {
            self.bytes = nil
            self.nextChunk = nextChunk
        }

        /// Waits for the next chunk.
        ///
        /// - Returns: The chunk, or `nil` at the end.
        /// - Throws: Any error of the stream.
        public mutating func next() async throws -> Data? {
            if let nextChunk { return try await nextChunk() }
            return bytes.take()
        }
    }

    /// Starts reading.
    public func makeAsyncIterator() -> Iterator {
        switch storage {
        case .bytes(let bytes): Iterator(bytes)
        case .stored(let content, let range): content.chunks(of: range)
        case .stream(let stream): stream.makeIterator()
        }
    }
}

extension MessageBody: Equatable {
    /// Bodies in memory are equal if their bytes are.
    ///
    /// Content in the store equals only itself, and so does a stream.
    ///
    /// - Parameters:
    ///   - left: A body.
    ///   - right: Another body.
    /// - Returns: Whether they are equal.
    public static func == (left: MessageBody, right: MessageBody) -> Bool {
        switch (left.storage, right.storage) {
        case (.bytes(let left), .bytes(let right)): left == right
        case (.stored(let left, let leftRange), .stored(let right, let rightRange)):
            left === right && leftRange == rightRange
        case (.stream(let left), .stream(let right)): left === right
        default: false
        }
    }
}

/// Content in the store, which can be read any number of times, as a whole or in part.
protocol StoredContent: AnyObject, Sendable {
    /// The number of bytes.
    var byteCount: Int { get }

    /// Starts reading some of the bytes.
    func chunks(of range: Range<Int>) -> MessageBody.Iterator
}
