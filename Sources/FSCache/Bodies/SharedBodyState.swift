internal import Foundation

/// The next part of a shared body for one reader.
enum SharedBodyPiece: Sendable {
    case chunk(Data)
    /// Bytes that are no longer in memory: read them back, and report that with `didReadBack`.
    case readBack(offset: Int, count: Int)
    case end
    case failure(any Error)
}

/// The state machine of a ``SharedBody``.
///
/// It decides which bytes each reader gets, which bytes stay in memory, and when the pump continues.
///
/// Each event is a mutating method that returns actions, which the caller performs outside its lock. The machine
/// returns each waiter exactly once and never uses it; tests pass numbers in place of continuations.
struct SharedBodyState<Reader: Sendable, Pump: Sendable>: Sendable {
    typealias ReaderID = Int

    enum Action: Sendable {
        case deliver(SharedBodyPiece, to: Reader)
        /// Let the pump continue reading from the network.
        case resume(Pump)
        /// No reader wants the rest of the body.
        case cancelPump
        /// No reader wants the rest of the body, but it should be stored: wait for the pump elsewhere.
        case finishPump
    }

    /// Where bytes remain available after they have been read.
    private enum Backing {
        case memory
        case entry
        /// Only the beginning is available, in an entry.
        case beginning(byteCount: Int)
    }

    private struct ReaderState {
        enum Activity {
            case idle
            case waiting(Reader)
            case readingBack
        }

        /// The number of the next chunk, if the offset is that of a chunk in memory.
        var chunk = 0
        var offset = 0
        var activity = Activity.idle
    }

    private enum Phase {
        case created
        case pumping
        /// All readers have left, and the pump reads to the end.
        case finishing
        /// All readers have left, and the pump has been cancelled: the body stays incomplete.
        case cancelled
        case ended(Result<Void, any Error>)
    }

    private let window: Int
    private let finishesWithoutReaders: Bool
    /// The latest chunks, numbered from `firstChunk`.
    private var chunks: [Data] = []
    private var firstChunk = 0
    /// The offset of the first byte in memory.
    private var firstOffset = 0
    /// The number of bytes received so far.
    private(set) var byteCount = 0
    private var backing = Backing.memory
    private var phase = Phase.created
    private var readers: [ReaderID: ReaderState] = [:]
    private var lastReader = 0
    private var waitingPump: Pump?

    /// Makes the state of a body before its first chunk.
    ///
    /// - Parameters:
    ///   - window: How far the pump may read ahead of the readers, in bytes.
    ///   - finishesWithoutReaders: Whether the pump continues after all readers have left.
    init(window: Int, finishesWithoutReaders: Bool) {
        self.window = window
        self.finishesWithoutReaders = finishesWithoutReaders
    }

    /// The number of bytes in memory.
    var bufferedByteCount: Int { byteCount - firstOffset }

    /// Whether every byte received so far is still available.
    private var isComplete: Bool {
        if case .beginning = backing { false } else { true }
    }

    private var slowestOffset: Int { readers.values.lazy.map(\.offset).min() ?? byteCount }

    /// Whether the pump may continue.
    ///
    /// The fastest reader sets its pace while every byte stays available, otherwise the slowest one.
    private var wantsMore: Bool {
        switch phase {
        // Its cancellation lets the pump continue, and not earlier, or it would read on until then.
        case .cancelled: return false
        case .finishing: return true
        case .created, .pumping, .ended: break
        }
        if readers.isEmpty { return true }
        let offset = isComplete ? readers.values.lazy.map(\.offset).max() ?? 0 : slowestOffset
        return byteCount - offset < window
    }
}

// MARK: - The pump

extension SharedBodyState {
    /// The pump has been started.
    mutating func start() -> [Action] {
        guard case .created = phase else { return [] }
        phase = .pumping
        return lastReader > 0 ? abandonIfUnread() : []
    }

    /// A chunk has arrived from the network, and the pump waits until a reader wants more.
    mutating func append(_ chunk: Data, by pump: Pump) -> [Action] {
        waitingPump = pump
        guard !chunk.isEmpty else { return resumePumpIfWanted() }
        chunks.append(chunk)
        byteCount += chunk.count
        let deliveries = deliverToWaiting { state in
            state.chunk += 1
            state.offset += chunk.count
            return .chunk(chunk)
        }
        trim()
        return deliveries + resumePumpIfWanted()
    }

    /// The pump's task has been cancelled.
    mutating func stopPump() -> [Action] {
        waitingPump.take().map { [.resume($0)] } ?? []
    }

    /// The body has ended or failed.
    mutating func end(_ result: Result<Void, any Error>) -> [Action] {
        // A cancelled body has no readers and accepts no new ones.
        if case .cancelled = phase { return [] }
        phase = .ended(result)
        return deliverToWaiting { _ in Self.piece(for: result) }
    }

    /// From now on, keep only the bytes that a reader still has to read and that can't be read back.
    ///
    /// - Parameter isInEntry: Whether an entry gets all bytes, so that they can be read back from it.
    mutating func keepUnread(isInEntry: Bool) {
        backing = isInEntry ? .entry : .beginning(byteCount: 0)
        trim()
    }

    /// The entry gets no more bytes.
    ///
    /// - Parameter byteCount: How many bytes of the body it has.
    mutating func stopReadingBack(from byteCount: Int) {
        backing = .beginning(byteCount: byteCount)
    }
}

// MARK: - Readers

extension SharedBodyState {
    /// Adds a reader of the whole body.
    ///
    /// - Returns: The reader; `nil` if the beginning of the body is gone, or if it was cancelled.
    mutating func join() -> ReaderID? {
        guard firstOffset == 0 || isComplete else { return nil }
        if case .cancelled = phase { return nil }
        lastReader += 1
        readers[lastReader] = ReaderState()
        return lastReader
    }

    /// A reader wants its next piece, and waits for it.
    mutating func next(for id: ReaderID, _ waiter: Reader) -> [Action] {
        guard let reader = readers[id] else { return [.deliver(.end, to: waiter)] }
        guard case .idle = reader.activity else {
            return [.deliver(.failure(FSCacheError.bodyIsBeingRead), to: waiter)]
        }
        if reader.offset < firstOffset {
            readers[id]?.activity = .readingBack
            let count = min(window, firstOffset - reader.offset)
            return [.deliver(.readBack(offset: reader.offset, count: count), to: waiter)]
        }
        let index = reader.chunk - firstChunk
        if chunks.indices.contains(index) {
            let chunk = chunks[index]
            readers[id]?.chunk += 1
            readers[id]?.offset += chunk.count
            trim()
            return [.deliver(.chunk(chunk), to: waiter)] + resumePumpIfWanted()
        }
        if case .ended(let result) = phase { return [.deliver(Self.piece(for: result), to: waiter)] }
        readers[id]?.activity = .waiting(waiter)
        return []
    }

    /// A reader has read back some bytes, or none if that failed.
    mutating func didReadBack(_ count: Int, for id: ReaderID) -> [Action] {
        guard let reader = readers[id] else { return [] }
        let offset = reader.offset + count
        readers[id]?.activity = .idle
        readers[id]?.offset = offset
        // More chunks may have left memory in the meantime. Then the reader has to read back again.
        if offset == firstOffset { readers[id]?.chunk = firstChunk }
        trim()
        return resumePumpIfWanted()
    }

    /// A reader's task has been cancelled while it waits.
    mutating func stopWaiting(_ id: ReaderID) -> [Action] {
        guard case .waiting(let waiter) = readers[id]?.activity else { return [] }
        readers[id]?.activity = .idle
        return [.deliver(.failure(CancellationError()), to: waiter)]
    }

    /// A reader has left.
    mutating func leave(_ id: ReaderID) -> [Action] {
        let stopped = stopWaiting(id)
        guard readers.removeValue(forKey: id) != nil else { return [] }
        trim()
        return stopped + abandonIfUnread() + resumePumpIfWanted()
    }
}

// MARK: - Steps that events share

extension SharedBodyState {
    private static func piece(for result: Result<Void, any Error>) -> SharedBodyPiece {
        switch result {
        case .success: .end
        case .failure(let error): .failure(error)
        }
    }

    private mutating func deliverToWaiting(_ piece: (inout ReaderState) -> SharedBodyPiece) -> [Action] {
        var actions: [Action] = []
        for id in readers.keys {
            guard var reader = readers[id], case .waiting(let waiter) = reader.activity else { continue }
            reader.activity = .idle
            actions.append(.deliver(piece(&reader), to: waiter))
            readers[id] = reader
        }
        return actions
    }

    private mutating func resumePumpIfWanted() -> [Action] {
        waitingPump != nil && wantsMore ? stopPump() : []
    }

    /// Cancels or hands over the pump when all readers have left.
    private mutating func abandonIfUnread() -> [Action] {
        guard readers.isEmpty, case .pumping = phase else { return [] }
        phase = finishesWithoutReaders ? .finishing : .cancelled
        return finishesWithoutReaders ? [.finishPump] : [.cancelPump]
    }

    /// Drops the chunks that no reader needs from memory.
    private mutating func trim() {
        let lastDropped: Int
        switch backing {
        case .memory: return
        case .entry: lastDropped = byteCount - window
        case .beginning(let count): lastDropped = max(slowestOffset, min(count, byteCount - window))
        }
        var count = 0
        while count < chunks.count, firstOffset + chunks[count].count <= lastDropped {
            firstOffset += chunks[count].count
            count += 1
        }
        guard count > 0 else { return }
        firstChunk += count
        chunks.removeFirst(count)
    }
}
