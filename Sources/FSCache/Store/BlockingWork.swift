internal import Dispatch

/// Work that may wait for a disk, a lock or a network, outside the cooperative thread pool.
package enum BlockingWork {
    private static let queue = DispatchQueue(label: "FSCache.BlockingWork", attributes: .concurrent)

    /// Runs work on a thread that may block.
    ///
    /// - Parameter work: The work.
    /// - Returns: Its result.
    /// - Throws: Its error.
    package static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: work)) }
        }
    }
}
