internal import Synchronization

/// A limited number of tasks that continue after the client has its response, and that can be awaited.
final class BackgroundTasks: Sendable {
    private struct State {
        var tasks: [Int: Task<Void, Never>] = [:]
        var lastID = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Starts a task.
    ///
    /// - Parameters:
    ///   - limit: The maximum number of concurrent tasks.
    ///   - work: The work.
    /// - Returns: Whether it was started.
    func start(limit: Int, _ work: @escaping @Sendable () async -> Void) -> Bool {
        state.withLock { state in
            guard !state.isClosed, state.tasks.count < limit else { return false }
            state.lastID += 1
            let id = state.lastID
            state.tasks[id] = Task {
                await work()
                self.state.withLock { $0.tasks[id] = nil }
            }
            return true
        }
    }

    /// Adds a task that was started elsewhere, so that ``drain()`` waits for it.
    func add(_ task: Task<Void, Never>) {
        _ = start(limit: .max) { await task.value }
    }

    /// Stops accepting tasks and waits for the running ones.
    func drain() async {
        let tasks = state.withLock { state in
            state.isClosed = true
            return state.tasks.values
        }
        for task in tasks { await task.value }
    }
}
