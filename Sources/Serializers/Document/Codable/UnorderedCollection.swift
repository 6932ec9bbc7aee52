import Foundation

/// A collection whose equal values may list their elements in different orders.
///
/// What they encode is sorted, so that equal values give equal bytes.
protocol UnorderedCollection {
    /// How many elements of an array one element of the collection becomes when it does not become a member of a map.
    static var stride: Int { get }
}

extension Set: UnorderedCollection {
    static var stride: Int { 1 }
}

extension Dictionary: UnorderedCollection {
    /// A key that is no name stands before its value.
    static var stride: Int { 2 }
}

extension [Document] {
    /// Sorts runs of a length by their first elements.
    mutating func sortRuns(of length: Int) {
        guard length > 1 else { return sort { $0.isOrdered(before: $1) } }
        let runs = stride(from: 0, to: count, by: length).map { self[$0..<Swift.min($0 + length, count)] }
        self = runs.sorted { left, right in left.first.map { $0.isOrdered(before: right[right.startIndex]) } ?? false }
            .flatMap(\.self)
    }
}

extension Document {
    /// Whether this comes first in an order of all documents, which has no other meaning than to be always the same.
    func isOrdered(before other: Document) -> Bool {
        switch (self, other) {
        case (.bool(let left), .bool(let right)): !left && right
        case (.integer(let left), .integer(let right)): left < right
        case (.float(let left), .float(let right)): left < right
        case (.number(let left), .number(let right)): left < right
        case (.string(let left), .string(let right)): left < right
        case (.date(let left), .date(let right)): left < right
        case (.bytes(let left), .bytes(let right)): left.lexicographicallyPrecedes(right)
        case (.json(let left), .json(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.array(let left), .array(let right)): left.lexicographicallyPrecedes(right) { $0.isOrdered(before: $1) }
        case (.map(let left), .map(let right)):
            left.lexicographicallyPrecedes(right) { left, right in
                left.name == right.name ? left.value.isOrdered(before: right.value) : left.name < right.name
            }
        default: kindRank < other.kindRank
        }
    }

    private var kindRank: Int {
        switch self {
        case .null: 0
        case .bool: 1
        case .integer: 2
        case .float: 3
        case .number: 4
        case .string: 5
        case .bytes: 6
        case .date: 7
        case .array: 8
        case .map: 9
        case .json: 10
        }
    }
}
