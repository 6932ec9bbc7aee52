import Synchronization

/// Counts across batches, so that each operation has a unique number.
final class Counter: Sendable {
    private let count = Atomic(0)

    /// Adds to the count.
    ///
    /// - Parameter number: The number to add.
    /// - Returns: The count before.
    func add(_ number: Int) -> Int {
        count.add(number, ordering: .relaxed).oldValue
    }
}
