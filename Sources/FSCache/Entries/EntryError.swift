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

    static func invalid(_ what: String, _ value: String, at path: [Document.PathElement] = []) -> EntryError {
        EntryError(message: "The entry's \(what) can't be used: \(value.debugDescription).", path: path)
    }

    static func damaged(_ what: String, at path: [Document.PathElement] = []) -> EntryError {
        EntryError(message: "The entry is damaged: \(what).", path: path)
    }

    /// Adds to the errors that come out of some work where in the entry it is about.
    static func locating<Value>(_ path: Document.PathElement..., of work: () throws -> Value) throws -> Value {
        do {
            return try work()
        } catch var error as EntryError {
            error.path = path + error.path
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
    /// A field from a file, checked: a pseudo header field traps, and an illegal value is silently changed.
    init(storedName name: String, value: String) throws {
        guard let fieldName = HTTPField.Name(name) else { throw EntryError.invalid("field name", name) }
        guard HTTPField.isValidValue(value) else { throw EntryError.invalid("value of \(name)", value) }
        self.init(name: fieldName, value: value)
    }

    /// A field from a file whose value is not UTF-8, checked.
    init(storedName name: String, value: Data) throws {
        guard let fieldName = HTTPField.Name(name) else { throw EntryError.invalid("field name", name) }
        guard HTTPField.isValidValue(value) else { throw EntryError.invalid("value of \(name)", "\(value)") }
        self.init(name: fieldName, value: value)
    }
}
