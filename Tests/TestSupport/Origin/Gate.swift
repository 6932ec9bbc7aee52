internal import Dispatch
internal import Synchronization

/// An event that threads and tasks can wait for, so that tests order events without sleeping.
package final class Gate: Sendable {
    private enum State {
        case closed([@Sendable () -> Void])
        case open
    }

    private let state = Mutex(State.closed([]))

    /// Makes a closed gate.
    package init() {}

    /// Opens the gate for current and later waiters.
    package func open() {
        let waiting: [@Sendable () -> Void] = state.withLock { state in
            guard case .closed(let waiting) = state else { return [] }
            state = .open
            return waiting
        }
        for resume in waiting { resume() }
    }

    /// Whether it has been opened.
    package var isOpen: Bool {
        state.withLock { if case .open = $0 { true } else { false } }
    }

    /// Suspends the task until the gate is open or the task is cancelled, as after a test's time limit.
    package func opened() async {
        let (opening, continuation) = AsyncStream.makeStream(of: Never.self)
        whenOpen { continuation.finish() }
        for await _ in opening {}
    }

    /// Blocks the thread until the gate is open.
    ///
    /// - Parameter other: Another gate that also ends the waiting.
    package func wait(or other: Gate? = nil) {
        let semaphore = DispatchSemaphore(value: 0)
        whenOpen { semaphore.signal() }
        other?.whenOpen { semaphore.signal() }
        semaphore.wait()
    }

    private func whenOpen(_ action: @escaping @Sendable () -> Void) {
        let isOpen = state.withLock { state in
            guard case .closed(let waiting) = state else { return true }
            state = .closed(waiting + [action])
            return false
        }
        if isOpen { action() }
    }
}
