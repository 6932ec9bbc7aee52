internal import Foundation
internal import Synchronization

/// The content of a response while it comes in: it is read from the network once, and handed to any number of readers, each
/// of which goes at its own pace.
///
/// What was read stays at hand in memory, or in the entry that is being written, so that a reader may join at any time
/// and have all of it. Where neither holds it, it stays in memory until the slowest reader has had it, and nobody can
/// join. Either way the network is read on only when a reader wants more: slow readers push back.
final class IncomingBody: Sendable {
    /// How much is read from the network before a reader has asked for it, in bytes.
    static let window = 1 << 20

    private struct Reader {
        var chunk: Int
        var offset: Int
        var waiting: CheckedContinuation<Void, Never>?
    }

    private struct State {
        /// The newest chunks, numbered from `firstChunk` on.
        var chunks: [Data] = []
        var firstChunk = 0
        /// How many bytes come before the newest chunks, and how many there are in all.
        var firstOffset = 0
        var byteCount = 0
        var entry: NativeEntryWriter?
        /// How many bytes the entry has before those that come in.
        var entryOffset = 0
        /// How many bytes the entry has, once it gets no more.
        var entryByteCount: Int?
        /// Whether all chunks are kept.
        var keepsAll = true
        var end: Result<Void, any Error>?
        var readers: [Int: Reader] = [:]
        var lastReader = 0
        var waitingPump: CheckedContinuation<Void, Never>?
        var pump: Task<Void, Never>?
        var actions: [@Sendable () -> Void] = []

        /// Whether all that came can still be had.
        var isComplete: Bool { keepsAll || (entry != nil && entryByteCount == nil) }

        /// Whether it is read to its end, however fast its readers are.
        var isFinishing = false

        /// Whether the network should be read on.
        var wantsMore: Bool {
            if readers.isEmpty || isFinishing { return true }
            let offsets = readers.values.lazy.map(\.offset)
            let had = (isComplete ? offsets.max() : offsets.min()) ?? 0
            return byteCount - had < IncomingBody.window
        }

        /// Lets go of chunks that nobody will look for here.
        mutating func trim() {
            guard !keepsAll else { return }
            let needed = isComplete ? byteCount - IncomingBody.window : readers.values.map(\.offset).min() ?? byteCount
            let droppable = max(needed, min(entryByteCount ?? 0, byteCount - IncomingBody.window))
            var dropped = 0
            while dropped < chunks.count, firstOffset + chunks[dropped].count <= droppable {
                firstOffset += chunks[dropped].count
                dropped += 1
            }
            guard dropped > 0 else { return }
            firstChunk += dropped
            chunks.removeFirst(dropped)
        }

        /// The task that reads from the network, if nobody waits for what it brings.
        mutating func takeAbandonedPump(isFinished: Bool) -> Task<Void, Never>? {
            guard readers.isEmpty, !isFinishing, end == nil else { return nil }
            isFinishing = isFinished
            return pump
        }

        mutating func takeWaitingPump() -> CheckedContinuation<Void, Never>? {
            wantsMore ? waitingPump.take() : nil
        }

        mutating func takeWaitingReaders() -> [CheckedContinuation<Void, Never>] {
            var waiting: [CheckedContinuation<Void, Never>] = []
            for id in readers.keys {
                if let continuation = readers[id]?.waiting.take() { waiting.append(continuation) }
            }
            return waiting
        }
    }

    /// How many bytes there will be, where the origin has said so.
    let byteCount: Int?
    private let finisher: BackgroundTasks?
    private let state = Mutex(State())

    /// Makes a body that nothing has come of yet.
    ///
    /// - Parameters:
    ///   - byteCount: How many bytes there will be, where that is known.
    ///   - finisher: Where it is read to its end when all readers have left before; `nil` ends it then.
    init(byteCount: Int? = nil, finisher: BackgroundTasks? = nil) {
        self.byteCount = byteCount
        self.finisher = finisher
    }
}

// MARK: - Writing

extension IncomingBody {
    /// Starts the task that reads from the network.
    func start(_ work: @escaping @Sendable (IncomingBody) async throws -> Void) {
        let pump = Task {
            do {
                try await work(self)
                finish(.success(()))
            } catch {
                finish(.failure(error))
            }
        }
        let abandoned = state.withLock { state in
            state.pump = pump
            return state.lastReader > 0 ? state.takeAbandonedPump(isFinished: finisher != nil) : nil
        }
        if let abandoned { finishOrCancel(abandoned) }
    }

    /// Goes on without readers.
    private func finishOrCancel(_ pump: Task<Void, Never>) {
        if let finisher { finisher.add(pump) } else { pump.cancel() }
    }

    /// From now on only what readers have not had yet is kept, or what the entry does not have.
    ///
    /// - Parameters:
    ///   - entry: The entry that all that comes is written to.
    ///   - offset: How many bytes the entry has before them.
    func keepLess(entry: NativeEntryWriter? = nil, from offset: Int = 0) {
        state.withLock { state in
            state.keepsAll = false
            state.entry = entry
            state.entryOffset = offset
            state.trim()
        }
    }

    /// The entry gets no more: what comes from now on is kept until the readers have had it.
    func keepFrom(entryByteCount: Int) {
        state.withLock { $0.entryByteCount = entryByteCount }
    }

    /// Does something when the body has come to its end, good or bad.
    func whenEnded(_ action: @escaping @Sendable () -> Void) {
        let isEnded = state.withLock { state in
            if state.end == nil { state.actions.append(action) }
            return state.end != nil
        }
        if isEnded { action() }
    }

    /// Hands a chunk to the readers, and waits until one of them wants more.
    ///
    /// - Throws: `CancellationError` when nobody does any more.
    func append(_ chunk: Data) async throws {
        let waiting = state.withLock { state in
            state.chunks.append(chunk)
            state.byteCount += chunk.count
            state.trim()
            return state.takeWaitingReaders()
        }
        for continuation in waiting { continuation.resume() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    if state.wantsMore || Task.isCancelled { return true }
                    state.waitingPump = continuation
                    return false
                }
                if goesOn { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waitingPump.take() }?.resume()
        }
        try Task.checkCancellation()
    }

    private func finish(_ end: Result<Void, any Error>) {
        let (actions, waiting) = state.withLock { state in
            state.end = end
            state.pump = nil
            defer { state.actions = [] }
            return (state.actions, state.takeWaitingReaders())
        }
        for action in actions { action() }
        for continuation in waiting { continuation.resume() }
    }
}

// MARK: - Reading

extension IncomingBody {
    /// Adds a reader that gets everything from the first byte on.
    ///
    /// - Returns: The body to read, or `nil` when its beginning is gone.
    func join() -> MessageBody? {
        let id = state.withLock { state -> Int? in
            guard state.firstOffset == 0 || state.isComplete else { return nil }
            state.lastReader += 1
            state.readers[state.lastReader] = Reader(chunk: 0, offset: 0)
            return state.lastReader
        }
        return id.map { MessageBody(IncomingChunks(body: self, reader: $0), byteCount: byteCount, shared: self) }
    }

    private enum Piece {
        case chunk(Data)
        case stored(NativeEntryWriter, offset: Int, count: Int)
        case end
        case failure(any Error)
        case notYet
    }

    fileprivate func next(for id: Int) async throws -> Data? {
        while true {
            let (piece, pump) = state.withLock { state in
                let piece = Self.take(&state, id)
                state.trim()
                return (piece, state.takeWaitingPump())
            }
            pump?.resume()
            switch piece {
            case .chunk(let chunk): return chunk
            case .stored(let entry, let offset, let count):
                let bytes = try await entry.read(from: offset, upTo: count)
                guard !bytes.isEmpty else {
                    throw FSCacheError(.storeFailed, "The entry that holds the beginning of the body can't be read.")
                }
                state.withLock { state in
                    state.readers[id]?.offset += bytes.count
                    if state.readers[id]?.offset == state.firstOffset { state.readers[id]?.chunk = state.firstChunk }
                }
                return bytes
            case .end: return nil
            case .failure(let error): throw error
            case .notYet: try await wait(id)
            }
        }
    }

    private static func take(_ state: inout State, _ id: Int) -> Piece {
        guard let reader = state.readers[id] else { return .end }
        if reader.offset < state.firstOffset, let entry = state.entry {
            let offset = state.entryOffset + reader.offset
            return .stored(entry, offset: offset, count: min(window, state.firstOffset - reader.offset))
        }
        // What was read from the entry may end where, meanwhile, other chunks begin.
        let index = reader.chunk - state.firstChunk
        if state.chunks.indices.contains(index) {
            let chunk = state.chunks[index]
            state.readers[id]?.chunk += 1
            state.readers[id]?.offset += chunk.count
            return .chunk(chunk)
        }
        switch state.end {
        case .success: return .end
        case .failure(let error): return .failure(error)
        case nil: return .notYet
        }
    }

    private func wait(_ id: Int) async throws {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    guard let reader = state.readers[id], state.end == nil, !Task.isCancelled,
                        reader.offset == state.byteCount
                    else { return true }
                    state.readers[id]?.waiting = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.readers[id]?.waiting.take() }?.resume()
        }
        try Task.checkCancellation()
    }

    fileprivate func leave(_ id: Int) {
        let (abandoned, continuation) = state.withLock { state in
            state.readers[id] = nil
            state.trim()
            return (state.takeAbandonedPump(isFinished: finisher != nil), state.takeWaitingPump())
        }
        if let abandoned { finishOrCancel(abandoned) }
        continuation?.resume()
    }
}

/// The way of one reader through a body; letting go of it leaves the body.
private final class IncomingChunks: AsyncSequence, Sendable {
    private let body: IncomingBody
    private let reader: Int

    init(body: IncomingBody, reader: Int) {
        self.body = body
        self.reader = reader
    }

    deinit { body.leave(reader) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let chunks: IncomingChunks

        mutating func next() async throws -> Data? {
            try await chunks.body.next(for: chunks.reader)
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(chunks: self) }
}
