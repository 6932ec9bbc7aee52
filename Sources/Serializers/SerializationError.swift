/// An error of encoding or decoding.
public struct SerializationError: Error {
    /// The kind of failure.
    ///
    /// Later versions may add kinds, so a `switch` over them needs a default.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name.
        public let description: String

        /// The bytes are not in this format.
        public static let malformed = Code(description: "malformed")
        /// The bytes are in this format, but describe a value of another type.
        public static let mismatch = Code(description: "mismatch")
        /// The format can't represent the value exactly.
        public static let unrepresentable = Code(description: "unrepresentable")
        /// A limit that protects the reader was exceeded: nesting, expansion, or size.
        public static let limitExceeded = Code(description: "limitExceeded")
        /// The signature or the encryption doesn't match: the key differs, or the bytes were changed.
        public static let notAuthentic = Code(description: "notAuthentic")
        /// The key has the wrong length.
        public static let invalidKey = Code(description: "invalidKey")
        /// No serializer has this name or file extension.
        public static let unknownSerializer = Code(description: "unknownSerializer")
    }

    /// A position in the input.
    public struct Position: Sendable, Hashable, CustomStringConvertible {
        /// The number of bytes before the position.
        public var offset: Int
        /// The line, from 1, in text formats.
        public var line: Int?
        /// The column in the line, from 1, in bytes, in text formats.
        public var column: Int?

        /// Makes a position.
        ///
        /// - Parameters:
        ///   - offset: The number of bytes before the position.
        ///   - line: The line, from 1.
        ///   - column: The column, from 1.
        public init(offset: Int, line: Int? = nil, column: Int? = nil) {
            self.offset = offset
            self.line = line
            self.column = column
        }

        /// `line 3, column 14` in text formats, otherwise `byte 40`.
        public var description: String {
            if let line, let column { return "line \(line), column \(column)" }
            return "byte \(offset)"
        }
    }

    /// The kind of failure.
    public var code: Code
    /// The problem, and what to do about it.
    public var message: String
    /// The member names and indices that lead to the value.
    public var path: [Document.PathElement]
    /// The position at which reading stopped; `nil` if encoding failed.
    public var position: Position?
    /// The error that led to this one.
    public var underlyingError: (any Error)?

    /// Makes an error.
    ///
    /// - Parameters:
    ///   - code: The kind of failure.
    ///   - message: The problem, and what to do about it.
    ///   - path: The member names and indices that lead to the value.
    ///   - position: The position at which reading stopped.
    ///   - underlyingError: The error that led to this one.
    public init(
        _ code: Code,
        _ message: String,
        path: [Document.PathElement] = [],
        position: Position? = nil,
        underlyingError: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.path = path
        self.position = position
        self.underlyingError = underlyingError
    }
}

extension SerializationError: CustomStringConvertible {
    /// The code, the message, the path and the position in one line.
    public var description: String {
        var text = "\(code): \(message)"
        if !path.isEmpty { text += " (at \(path.pathDescription))" }
        if let position { text += " [\(position)]" }
        if let underlyingError { text += ": \(underlyingError)" }
        return text
    }
}

extension [Document.PathElement] {
    /// The path as people write it: `response.headers[3].name`.
    public var pathDescription: String {
        var text = ""
        for element in self {
            switch element {
            case .member(let name): text += text.isEmpty ? name : ".\(name)"
            case .index(let index): text += "[\(index)]"
            }
        }
        return text
    }
}
