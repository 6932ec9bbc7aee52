internal import Foundation
internal import HTTPTypes
internal import Serializers

/// Why an entry is not usable.
struct EntryError: Error, CustomStringConvertible {
    let description: String

    static func laterVersion(_ version: Int) -> EntryError {
        EntryError(
            description: "The entry is of version \(version), which a later release wrote. Use that, or delete it."
        )
    }

    static func otherKey(_ key: CacheKey) -> EntryError {
        EntryError(description: "The entry says that it belongs to the key \(key). Was the file renamed?")
    }

    static func invalid(_ what: String, _ value: String) -> EntryError {
        EntryError(description: "The entry's \(what) can't be used: \(value.debugDescription).")
    }

    static func damaged(_ what: String) -> EntryError {
        EntryError(description: "The entry is damaged: \(what).")
    }
}

extension HTTPFields {
    /// More fields than this trap.
    static let maximumCount = Int(UInt16.max) - 1
}

extension HTTPResponse.Status {
    /// A status from a file, checked: codes of other than three digits trap.
    init(stored code: Int, reason: String) throws {
        guard (0...999).contains(code) else { throw EntryError.invalid("status", "\(code)") }
        guard HTTPField.isValidValue(reason) else { throw EntryError.invalid("reason", reason) }
        self.init(code: code, reasonPhrase: reason)
    }
}

extension HTTPField {
    /// A field from a file, checked: an illegal value would silently be changed.
    init(stored name: Name, value: String) throws {
        self.init(name: name, value: value)
        // Each octet is looked at once: a legal value is kept as it is, and comparing it with itself costs nothing.
        guard self.value == value else { throw EntryError.invalid("value of \(name)", value) }
    }

    /// A field from a file whose value is not UTF-8, checked.
    init(stored name: Name, value: Data) throws {
        guard HTTPField.isValidValue(value) else { throw EntryError.invalid("value of \(name)", "\(value)") }
        self.init(name: name, value: value)
    }
}

extension HTTPField.Name {
    /// A name from a file, in UTF-8, checked: a pseudo header field traps.
    ///
    /// The names that most responses have are not made anew.
    init(stored name: Span<UInt8>) throws {
        if let common = CommonFieldNames.name(name) {
            self = common
            return
        }
        guard let text = name.validatedString else { throw EntryError.damaged("a field name is not in UTF-8") }
        guard let name = HTTPField.Name(text) else { throw EntryError.invalid("field name", text) }
        self = name
    }
}
