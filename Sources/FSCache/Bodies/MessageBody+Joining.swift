internal import Foundation

extension MessageBody {
    /// Several bodies, one after the other, as one.
    ///
    /// Reading throws when they are longer or shorter together than they should be, before it hands out too much.
    ///
    /// - Parameters:
    ///   - bodies: The bodies.
    ///   - byteCount: How many bytes they must have together.
    /// - Returns: One body.
    static func joined(_ bodies: [MessageBody], byteCount: Int) -> MessageBody {
        let pieces = bodies.compactMap(\.bytes)
        guard pieces.count < bodies.count else { return MessageBody(pieces.reduce(into: Data()) { $0.append($1) }) }
        return MessageBody(JoinedBodies(contents: bodies, byteCount: byteCount), byteCount: byteCount)
    }

    /// Some of the content, checked: content in the store is read to its end, however little of it is taken, because only
    /// the whole has a checksum.
    func clipped(to octets: Range<Int>) -> MessageBody {
        if let bytes { return MessageBody(bytes).part(octets) ?? .empty }
        if octets.isEmpty { return .empty }
        return octets.count == byteCount
            ? self : MessageBody(ClippedBody(whole: self, octets: octets), byteCount: octets.count)
    }
}

private struct JoinedBodies: AsyncSequence, Sendable {
    let contents: [MessageBody]
    let byteCount: Int

    struct Iterator: AsyncIteratorProtocol {
        private let byteCount: Int
        private var waiting: ArraySlice<MessageBody>
        private var current: MessageBody.Iterator?
        private var count = 0

        fileprivate init(_ joined: JoinedBodies) {
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

private struct ClippedBody: AsyncSequence, Sendable {
    let whole: MessageBody
    let octets: Range<Int>

    struct Iterator: AsyncIteratorProtocol {
        private let octets: Range<Int>
        private var chunks: MessageBody.Iterator
        private var offset = 0

        fileprivate init(_ clipped: ClippedBody) {
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
