internal import Foundation
internal import Synchronization

extension MessageBody {
    /// Reads the body into memory, if it is not too long.
    ///
    /// - Parameter limit: The maximum number of bytes.
    /// - Returns: The bytes of the body, or a stream of the same content, of which no more than needed has been read.
    /// - Throws: Any error of the stream.
    package func gathered(upTo limit: Int) async throws -> MessageBody {
        if bytes != nil { return self }
        if let byteCount, byteCount > limit { return self }
        var gathered = Data()
        var chunks = makeAsyncIterator()
        while let chunk = try await chunks.next() {
            gathered.append(chunk)
            if gathered.count > limit { return MessageBody(beginning: gathered, rest: Unread(chunks), byteCount) }
        }
        return MessageBody(gathered)
    }

    private init(beginning: Data, rest: Unread, _ byteCount: Int?) {
        self.init(byteCount: byteCount) {
            var beginning: Data? = beginning
            var chunks: Iterator?
            return Iterator {
                if let bytes = beginning.take() {
                    chunks = rest.take()
                    return bytes
                }
                return try await chunks?.next()
            }
        }
    }

    /// The part of a stream that has not been read yet, for one reader.
    private final class Unread: Sendable {
        private let chunks: Mutex<Iterator?>

        init(_ chunks: sending Iterator) { self.chunks = Mutex(chunks) }

        func take() -> sending Iterator? {
            chunks.withLock { chunks in
                let taken = chunks
                chunks = nil
                return taken
            }
        }
    }

    /// Joins bodies into one.
    ///
    /// Reading throws if the bodies are shorter than expected, or before it returns more bytes than expected.
    ///
    /// - Parameters:
    ///   - bodies: The bodies, in order.
    ///   - byteCount: The expected number of bytes of all bodies.
    /// - Returns: The joined body.
    static func joined(_ bodies: [MessageBody], byteCount: Int) -> MessageBody {
        let pieces = bodies.compactMap(\.bytes)
        if pieces.count == bodies.count, pieces.reduce(0, { $0 + $1.count }) == byteCount {
            return MessageBody(pieces.reduce(into: Data()) { $0.append($1) })
        }
        return MessageBody(byteCount: byteCount) {
            var remaining = bodies[...]
            var current = MessageBody.empty.makeAsyncIterator()
            var count = 0
            return Iterator {
                while true {
                    if let chunk = try await current.next() {
                        count += chunk.count
                        guard count <= byteCount else {
                            throw FSCacheError(
                                .invalidResponse,
                                "The origin sent more bytes than the stored part lacks. Send the request again."
                            )
                        }
                        return chunk
                    }
                    guard let body = remaining.popFirst() else {
                        guard count == byteCount else {
                            throw FSCacheError.incompleteResponse(receivedCount: count, of: byteCount)
                        }
                        return nil
                    }
                    current = body.makeAsyncIterator()
                }
            }
        }
    }

    /// Returns a part of the content, checked.
    ///
    /// Content in the store is read to its end even for a short part, because the checksum covers all of it.
    func clipped(to range: Range<Int>) -> MessageBody {
        if bytes != nil { return part(range) ?? .empty }
        if range.isEmpty { return .empty }
        if range.count == byteCount { return self }
        return MessageBody(byteCount: range.count) {
            var chunks = makeAsyncIterator()
            var offset = 0
            return Iterator {
                while let chunk = try await chunks.next() {
                    let wanted = range.clamped(to: offset..<(offset + chunk.count))
                    let start = chunk.startIndex - offset
                    offset += chunk.count
                    if !wanted.isEmpty { return chunk[(start + wanted.lowerBound)..<(start + wanted.upperBound)] }
                }
                return nil
            }
        }
    }
}
