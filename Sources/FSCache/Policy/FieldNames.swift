internal import HTTPTypes

/// A set of names of header fields that tells most other names by their length, without hashing them.
struct FieldNames: Sendable, ExpressibleByArrayLiteral {
    private let names: Set<HTTPField.Name>
    /// How long the names are, a bit for each length.
    private let lengths: UInt64

    /// Takes names, each of fewer than 64 characters.
    init(arrayLiteral names: HTTPField.Name...) {
        self.names = Set(names)
        lengths = names.reduce(0) { lengths, name in lengths | 1 << name.canonicalName.utf8.count }
    }

    /// Whether a name is one of these.
    func contains(_ name: HTTPField.Name) -> Bool {
        // Shifted further than it is wide, 1 is 0.
        lengths & 1 << name.canonicalName.utf8.count != 0 && names.contains(name)
    }
}

extension FieldNames: Sequence {
    func makeIterator() -> Set<HTTPField.Name>.Iterator { names.makeIterator() }
}
