internal import Foundation
internal import Synchronization

/// The content of a response that is read from the network once and handed to any number of readers.
///
/// A task called the pump reads from the network, and each reader reads at its own pace. Bytes stay available, in
/// memory or in the entry that is being written, so that a reader can join at any time and get all of them. Otherwise,
/// bytes stay in memory only until the slowest reader has read them, and no more readers can join. The pump continues
/// only when a reader wants more, which gives backpressure.
///
/// ``SharedBodyState`` decides; this class suspends and resumes tasks.
final class SharedBody: Sendable {
    /// Reads bytes of the body back from the entry that is being written, given an offset and a maximum count.
    typealias ReadBack = @Sendable (_ offset: Int, _ count: Int) async throws -> Data

    /// How far the pump may read ahead of the readers, in bytes.
    static let window = 1 << 20

    private typealias Machine = SharedBodyState<
        CheckedContinuation<SharedBodyPiece, Never>, CheckedContinuation<Void, Never>
    >

    private struct State {
        var machine: Machine
        var pump: Task<Void, Never>?
        var readBack: ReadBack?
        /// Called at the end of the body; `nil` after that.
        var endActions: [@Sendable () -> Void]? = []
    }

    /// The number of bytes, if the origin declared it.
    let byteCount: Int?
    private let finisher: (@Sendable (Task<Void, Never>) -> Void)?
    private let state: Mutex<State>

    /// Makes a body before its first byte has arrived.
    ///
    /// - Parameters:
    ///   - byteCount: The number of bytes, if it is known.
    ///   - finisher: Takes over the pump if all readers leave before the end; if `nil`, the pump is then cancelled.
    init(byteCount: Int? = nil, finisher: (@Sendable (Task<Void, Never>) -> Void)? = nil) {
        self.byteCount = byteCount
        self.finisher = finisher
        self.state = Mutex(
            State(machine: Machine(window: Self.window, finishesWithoutReaders: finisher != nil))
        )
    }

    /// Performs the actions of the state machine, outside the lock.
    private func perform(_ event: (inout Machine) -> [Machine.Action]) {
        perform(state.withLock { event(&$0.machine) })
    }

    private func perform(_ actions: [Machine.Action]) {
        for action in actions {
            switch action {
            case .deliver(let piece, let reader): reader.resume(returning: piece)
            case .resume(let pump): pump.resume()
            case .cancelPump: state.withLock { $0.pump }?.cancel()
            case .finishPump: if let pump = state.withLock({ $0.pump }) { finisher?(pump) }
            }
        }
    }
}

// MARK: - Writing

extension SharedBody {
    /// Starts the pump: a task that reads from the network and calls ``append(_:)``.
    func start(_ work: @escaping @Sendable (SharedBody) async throws -> Void) {
        let actions = state.withLock { state in
            state.pump = Task {
                do {
                    try await work(self)
                    end(.success(()))
                } catch {
                    end(.failure(error))
                }
            }
            return state.machine.start()
        }
        perform(actions)
    }

    private func end(_ result: Result<Void, any Error>) {
        let (endActions, actions) = state.withLock { state in
            state.pump = nil
            return (state.endActions.take() ?? [], state.machine.end(result))
        }
        for action in endActions { action() }
        perform(actions)
    }

    /// Delivers a chunk to the readers, and waits until one of them wants more.
    ///
    /// - Throws: `CancellationError` if no reader wants the rest.
    func append(_ chunk: Data) async throws {
        await withTaskCancellationHandler {
            await withCheckedContinuation { pump in
                perform { $0.append(chunk, by: pump) + (Task.isCancelled ? $0.stopPump() : []) }
            }
        } onCancel: {
            perform { $0.stopPump() }
        }
        try Task.checkCancellation()
    }

    /// From now on, keeps only the bytes that a reader still has to read and that can't be read back.
    ///
    /// - Parameter readBack: Reads from the entry that all bytes are written to, if there is one.
    func keepUnread(readingBack readBack: ReadBack? = nil) {
        state.withLock { state in
            state.readBack = readBack
            state.machine.keepUnread(isInEntry: readBack != nil)
        }
    }

    /// Stops relying on the entry, which gets no more bytes: later ones are kept until the readers have read them.
    ///
    /// - Parameter byteCount: How many bytes of the body the entry has.
    func stopReadingBack(from byteCount: Int) {
        state.withLock { $0.machine.stopReadingBack(from: byteCount) }
    }

    /// Calls a closure when the body has ended or failed, or at once if it already has.
    func whenEnded(_ action: @escaping @Sendable () -> Void) {
        let hasEnded = state.withLock { state in
            state.endActions?.append(action)
            return state.endActions == nil
        }
        if hasEnded { action() }
    }
}

// MARK: - Reading

extension SharedBody {
    /// Adds a reader that gets every byte from the beginning.
    ///
    /// - Returns: The body to read; `nil` if its beginning is gone, or if it was cancelled.
    func join() -> MessageBody? {
        guard let id = state.withLock({ $0.machine.join() }) else { return nil }
        let reader = Reader(body: self, id: id)
        return MessageBody(byteCount: byteCount, shared: self) {
            MessageBody.Iterator { try await reader.body.next(for: reader.id) }
        }
    }

    /// Leaves the shared body when it is released.
    private final class Reader: Sendable {
        let body: SharedBody
        let id: Machine.ReaderID

        init(body: SharedBody, id: Machine.ReaderID) { (self.body, self.id) = (body, id) }

        deinit { body.perform { $0.leave(id) } }
    }

    private func next(for reader: Machine.ReaderID) async throws -> Data? {
        let piece = await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                perform { $0.next(for: reader, waiter) + (Task.isCancelled ? $0.stopWaiting(reader) : []) }
            }
        } onCancel: {
            perform { $0.stopWaiting(reader) }
        }
        switch piece {
        case .chunk(let chunk): return chunk
        case .readBack(let offset, let count): return try await readBack(from: offset, upTo: count, for: reader)
        case .end: return nil
        case .failure(let error): throw error
        }
    }

    private func readBack(from offset: Int, upTo count: Int, for reader: Machine.ReaderID) async throws -> Data {
        var bytes = Data()
        defer { perform { $0.didReadBack(bytes.count, for: reader) } }
        bytes = try await state.withLock { $0.readBack }?(offset, count) ?? bytes
        guard !bytes.isEmpty else {
            throw FSCacheError(.storeFailed, "The entry that holds the beginning of the body can't be read.")
        }
        return bytes
    }
}
