internal import HTTPTypes
internal import Serializers

extension HTTPFields {
    /// The most fields that `HTTPFields` can hold: one more traps.
    static let maximumCount = Int(UInt16.max) - 1
    /// The most fields that are read from an entry.
    ///
    /// It leaves room for fields that are added later, such as `Age` and those of a 304. Transports accept half as many.
    static let maximumStoredCount = 20_000

    /// Makes a list of fields that were read from a file and checked.
    ///
    /// `append` is slower, and the initializer from an array allocates for each field.
    init(stored fields: [HTTPField]) {
        self.init()
        reserveCapacity(fields.count)
        replaceSubrange(0..<0, with: StoredFields(fields: fields))
    }
}

extension HTTPField {
    /// Makes a field of octets from a file; `nil` if the name is not legal.
    ///
    /// The value must have been checked.
    init?(name: Span<UInt8>, value: Span<UInt8>) {
        guard let name = Name(name) else { return nil }
        if let text = value.validatedString {
            self.init(name: name, value: text)
        } else {
            self.init(name: name, value: value.data)
        }
    }
}

extension HTTPField.Name {
    /// Makes a name of octets from a file; `nil` if they are not a legal name.
    ///
    /// Common names are looked up, not created.
    init?(_ octets: Span<UInt8>) {
        if let common = CommonFieldNames.name(octets) {
            self = common
        } else {
            guard let text = octets.validatedString else { return nil }
            self.init(text)
        }
    }
}

/// A collection whose iterator the compiler can specialize.
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
