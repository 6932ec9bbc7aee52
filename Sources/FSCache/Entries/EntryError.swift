internal import Foundation
internal import HTTPTypes
internal import Serializers

/// Why an entry is not usable.
struct EntryError: Error {
    /// What was wrong.
    let message: String
    /// The member names and indices that lead to what was wrong, where the format has such.
    var path: [Document.PathElement] = []
    /// Where that stands in the file.
    var position: SerializationError.Position?

    static func laterVersion(_ version: Int) -> EntryError {
        EntryError(
            message: "The entry is of version \(version), which a later release wrote. Use that, or delete it.",
            path: [.member("fscache")]
        )
    }

    static func otherKey(_ key: CacheKey) -> EntryError {
        EntryError(
            message: "The entry says that it belongs to the key \(key). Was the file renamed?",
            path: [.member("key")]
        )
    }

    static func notAuthenticated(_ fileExtension: String, _ serializer: String) -> EntryError {
        EntryError(
            message:
                "The entry is \(fileExtension), and this cache reads what was written as \(serializer) alone: anybody "
                + "could have written the other."
        )
    }

    static func invalid(_ what: String, _ value: String, at path: [Document.PathElement] = []) -> EntryError {
        EntryError(message: "The entry's \(what) can't be used: \(value.debugDescription).", path: path)
    }

    static func damaged(_ what: String, at path: [Document.PathElement] = []) -> EntryError {
        EntryError(message: "The entry is damaged: \(what).", path: path)
    }

    /// Adds to the errors that come out of some work where in the entry it is about.
    static func locating<Value>(
        _ path: @autoclosure () -> [Document.PathElement],
        of work: () throws -> Value
    ) throws -> Value {
        do {
            return try work()
        } catch var error as EntryError {
            error.path = path() + error.path
            throw error
        }
    }
}

extension EntryError: CustomStringConvertible {
    /// What was wrong, and where.
    var description: String {
        position.map { "\(message) [\($0)]" } ?? message
    }
}

extension HTTPFields {
    /// More fields than this trap.
    static let maximumCount = Int(UInt16.max) - 1
}

extension HTTPResponse.Status {
    /// A status from a file, checked: codes of other than three digits trap.
    init(stored code: Int, reason: String) throws {
        guard (0...999).contains(code) else {
            throw EntryError.invalid("status", "\(code)", at: [.member("status")])
        }
        guard HTTPField.isValidValue(reason) else {
            throw EntryError.invalid("reason", reason, at: [.member("reason")])
        }
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

    /// A field of octets that have been checked; `nil` when they have not.
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
    /// A name from a file, checked: a pseudo header field traps.
    init(stored name: Span<UInt8>) throws {
        guard let name = HTTPField.Name(name) else {
            throw EntryError.invalid("field name", name.validatedString ?? "it is not in UTF-8")
        }
        self = name
    }

    /// A name of its octets; `nil` when they are none.
    ///
    /// The names that most responses have are not made anew.
    fileprivate init?(_ octets: Span<UInt8>) {
        if let common = CommonFieldNames.name(octets) {
            self = common
        } else {
            guard let text = octets.validatedString else { return nil }
            self.init(text)
        }
    }
}
