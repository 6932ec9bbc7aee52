import FSCache
import Foundation
import HTTPTypes
import Synchronization

/// Passes a body on while it is recorded.
///
/// A body that ends early is not recorded, unless it is a stream of events, which clients leave when they have seen enough.
struct FixtureRecording {
    /// Receives the content, and the chunks of a stream.
    typealias Writer = @Sendable (Data, Chunks?) throws -> Void

    /// The chunks of a stream.
    struct Chunks: Sendable {
        var lengths: [Int] = []
        var pauses: [Int]?
    }

    /// The body, to be read once.
    let body: MessageBody

    /// The largest body that is recorded, because it is kept in memory until it is complete.
    private static let byteLimit = 64 << 20

    /// Starts recording.
    ///
    /// - Parameters:
    ///   - response: The response.
    ///   - keepsPauses: Whether the pauses before the chunks of a stream are measured.
    ///   - finishes: Whether the body is read to its end even if the reader leaves.
    ///   - write: Receives the content.
    init(_ response: TransportResponse, keepsPauses: Bool, finishes: Bool, _ write: @escaping Writer) {
        let isStream = RecordedChunks.isStream(response.head)
        let source = response.body
        let byteCount = source.byteCount
        body = MessageBody(
            AsyncThrowingStream { continuation in
                let task = Task {
                    var content = Data()
                    var chunks = Chunks(pauses: keepsPauses ? [] : nil)
                    var last = ContinuousClock.now
                    func finish() throws { try write(content, isStream ? chunks : nil) }
                    do {
                        for try await chunk in source {
                            let now = ContinuousClock.now
                            chunks.lengths.append(chunk.count)
                            chunks.pauses?.append(Int((now - last) / .milliseconds(1)))
                            last = now
                            content.append(chunk)
                            guard content.count <= Self.byteLimit else { throw Self.tooLarge }
                            if case .terminated = continuation.yield(chunk), !finishes || isStream { break }
                        }
                        if Task.isCancelled, !isStream { throw CancellationError() }
                        try finish()
                        continuation.finish()
                    } catch {
                        if isStream, Task.isCancelled, !content.isEmpty { try? finish() }
                        continuation.finish(throwing: error)
                    }
                }
                continuation.onTermination = { reason in
                    if case .cancelled = reason, !finishes || isStream { task.cancel() }
                }
            },
            byteCount: byteCount
        )
    }

    private static var tooLarge: FSCacheError {
        FSCacheError(.unsupportedRequest, "A response of more than \(byteLimit >> 20) MiB can't be recorded.")
    }
}

/// The chunks in which a recorded body is replayed.
struct RecordedChunks {
    private let chunks: [Data]
    private let pauses: [Int]?
    private let byteCount: Int

    /// Cuts a body as it arrived; without that knowledge, a stream of events after each event.
    init(_ body: Data, _ head: HTTPResponse, _ facts: FixtureFacts) {
        byteCount = body.count
        let lengths = facts.chunks ?? []
        if !lengths.isEmpty, lengths.allSatisfy({ $0 >= 0 }), lengths.reduce(0, +) == body.count {
            var rest = body[...]
            chunks = lengths.map { length in
                defer { rest = rest.dropFirst(length) }
                return Data(rest.prefix(length))
            }
        } else if Self.isStream(head) {
            chunks = Self.events(in: body)
        } else {
            chunks = [body]
        }
        pauses = facts.pauses.flatMap { [chunks] in $0.count == chunks.count ? $0 : nil }
    }

    /// Whether a response is a stream whose chunks have a meaning.
    static func isStream(_ head: HTTPResponse) -> Bool {
        let type = head.headerFields[.contentType]?.lowercased().prefix { $0 != ";" } ?? ""
        return ["text/event-stream", "application/x-ndjson", "application/jsonl", "application/json-seq"].contains(type)
            || type.hasPrefix("multipart/x-mixed-replace")
    }

    private static func events(in body: Data) -> [Data] {
        let separator = Data("\n\n".utf8)
        var events: [Data] = []
        var rest = body[...]
        while let end = rest.firstRange(of: separator)?.upperBound {
            events.append(Data(rest[..<end]))
            rest = rest[end...]
        }
        if !rest.isEmpty { events.append(Data(rest)) }
        return events
    }

    /// The body.
    func body(isPaced: Bool) -> MessageBody {
        guard chunks.count != 1 || isPaced else { return MessageBody(chunks[0]) }
        return MessageBody(
            AsyncThrowingStream { continuation in
                let task = Task { [chunks, pauses] in
                    for (index, chunk) in chunks.enumerated() {
                        if isPaced, let pauses { try? await Task.sleep(for: .milliseconds(pauses[index])) }
                        guard !Task.isCancelled else { break }
                        continuation.yield(chunk)
                    }
                    continuation.finish()
                }
                continuation.onTermination = { _ in task.cancel() }
            },
            byteCount: byteCount
        )
    }
}
