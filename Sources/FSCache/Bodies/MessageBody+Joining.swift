internal import Foundation

extension MessageBody {
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
