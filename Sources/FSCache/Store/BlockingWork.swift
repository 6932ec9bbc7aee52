internal import Dispatch

/// Work that may wait for a disk or a lock, done where it doesn't hold up the tasks of the cooperative pool.
enum BlockingWork {
    private static let queue = DispatchQueue(label: "FSCache.BlockingWork", attributes: .concurrent)

    static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: work)) }
        }
    }
}
