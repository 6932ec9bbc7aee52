internal import Foundation

/// Several contents, one after the other, as one.
///
/// It throws when they are longer or shorter together than they are to be: before it hands out what would be too much.
struct JoinedContent: AsyncSequence, Sendable {
    let contents: [HTTPBody]
    let byteCount: Int

    struct Iterator: AsyncIteratorProtocol {
        private let byteCount: Int
        private var waiting: ArraySlice<HTTPBody>
        private var current: HTTPBody.Iterator?
        private var count = 0

        fileprivate init(_ joined: JoinedContent) {
            byteCount = joined.byteCount
            waiting = joined.contents[...]
        }

        mutating func next() async throws -> Data? {
            while true {
                if let chunk = try await current?.next() {
                    count += chunk.count
                    guard count <= byteCount else {
                        throw FSCacheError(
                            .invalidResponse,
                            "The origin sent more than the rest of a stored part. Send the request again."
                        )
                    }
                    return chunk
                }
                guard let content = waiting.popFirst() else {
                    guard count == byteCount else {
                        throw FSCacheError.incompleteResponse(receivedCount: count, of: byteCount)
                    }
                    return nil
                }
                current = content.makeAsyncIterator()
            }
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(self) }
}

/// Some octets of a content, which is read to its end all the same: what is damaged is known only there.
struct ClippedContent: AsyncSequence, Sendable {
    let whole: HTTPBody
    let octets: Range<Int>

    struct Iterator: AsyncIteratorProtocol {
        private let octets: Range<Int>
        private var chunks: HTTPBody.Iterator
        private var offset = 0

        fileprivate init(_ clipped: ClippedContent) {
            octets = clipped.octets
            chunks = clipped.whole.makeAsyncIterator()
        }

        mutating func next() async throws -> Data? {
            while let chunk = try await chunks.next() {
                let wanted = octets.clamped(to: offset..<(offset + chunk.count))
                defer { offset += chunk.count }
                guard !wanted.isEmpty else { continue }
                let start = chunk.startIndex - offset
                return chunk[(start + wanted.lowerBound)..<(start + wanted.upperBound)]
            }
            return nil
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(self) }
}
