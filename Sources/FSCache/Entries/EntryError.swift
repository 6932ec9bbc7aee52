internal import Foundation
internal import HTTPTypes
internal import Serializers

/// The reason why an entry can't be used.
struct EntryError: Error {
    let message: String
    /// The member names and indices that lead to the problem, in formats that have them.
    var path: [Document.PathElement] = []
    /// The position of the problem in the file.
    var position: SerializationError.Position?

    static func laterVersion(_ version: Int) -> EntryError {
        EntryError(
            message: "The entry has version \(version), which a later release wrote. Update, or delete the entry.",
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
                "The entry is \(fileExtension), but this cache reads only entries written as \(serializer), "
                + "because anybody could have written the entry."
        )
    }

    static func invalid(_ what: String, _ value: String, at path: [Document.PathElement] = []) -> EntryError {
        EntryError(message: "The entry's \(what) can't be used: \(value.debugDescription).", path: path)
    }

    static func damaged(_ what: String, at path: [Document.PathElement] = []) -> EntryError {
        EntryError(message: "The entry is damaged: \(what).", path: path)
    }

    /// A header field that can't be used.
    static func invalidField(name: Span<UInt8>, value: Span<UInt8>) -> EntryError {
        guard let name = HTTPField.Name(name) else {
            return .invalid("field name", name.validatedString ?? "it is not UTF-8")
        }
        return .invalid("value of \(name)", value.validatedString ?? "it is not UTF-8")
    }

    /// Prepends a path to the errors that some work throws.
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
    /// The message and the position.
    var description: String {
        position.map { "\(message) [\($0)]" } ?? message
    }
}

extension HTTPResponse.Status {
    /// Makes a status from a file.
    ///
    /// Codes without three digits would trap, so they are checked first. Only final responses are stored, and a client
    /// would take another one for an interim response, and wait for more (RFC 9110 §15.2).
    init(stored code: Int, reason: String) throws {
        guard (200...999).contains(code) else {
            throw EntryError.invalid("status", "\(code)", at: [.member("status")])
        }
        guard HTTPField.isValidValue(reason) else {
            throw EntryError.invalid("reason", reason, at: [.member("reason")])
        }
        self.init(code: code, reasonPhrase: reason)
    }
}
