internal import HTTPTypes

extension HTTPFields {
    /// Makes a list of fields that were read from a file, and checked.
    ///
    /// `append` takes a detour for each field, and so does an array whose iterator is not the one of its own module:
    /// it allocates each time.
    init(stored fields: [HTTPField]) {
        self.init()
        reserveCapacity(fields.count)
        replaceSubrange(0..<0, with: StoredFields(fields: fields))
    }
}

/// Hands out fields one after the other.
private struct StoredFields: Collection {
    struct Iterator: IteratorProtocol {
        fileprivate let fields: [HTTPField]
        fileprivate var index = 0

        mutating func next() -> HTTPField? {
            guard index < fields.count else { return nil }
            defer { index += 1 }
            return fields[index]
        }
    }

    let fields: [HTTPField]

    var startIndex: Int { 0 }
    var endIndex: Int { fields.count }

    func index(after index: Int) -> Int { index + 1 }
    subscript(index: Int) -> HTTPField { fields[index] }
    func makeIterator() -> Iterator { Iterator(fields: fields) }
}
