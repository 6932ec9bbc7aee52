import Synchronization

/// Counts across batches, so that each operation of all of them has a number of its own.
final class Counter: Sendable {
    private let count = Atomic(0)

    /// Counts on.
    ///
    /// - Parameter number: By how many.
    /// - Returns: The count before.
    func add(_ number: Int) -> Int {
        count.add(number, ordering: .relaxed).oldValue
    }
}
