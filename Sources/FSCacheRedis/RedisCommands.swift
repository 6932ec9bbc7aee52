#if Redis
internal import Foundation

/// Commands that are sent together, in the form in which they go over the wire.
struct RedisCommands: Sendable {
    /// A part of a command.
    enum Argument: Sendable, ExpressibleByStringInterpolation {
        case text(String)
        case bytes(Data)

        init(stringLiteral value: String) { self = .text(value) }
        init(_ number: Int) { self = .text(String(number)) }
    }

    private(set) var bytes: [UInt8] = []
    private(set) var count = 0

    /// Makes one command.
    init(_ arguments: Argument...) {
        append(arguments)
    }

    /// Makes no commands.
    init() {}

    /// Adds a command.
    mutating func append(_ arguments: Argument...) {
        append(arguments)
    }

    /// Adds a command.
    mutating func append(_ arguments: [Argument]) {
        // Enough for the commands that find an entry.
        if count == 0 { bytes.reserveCapacity(512) }
        appendCount(arguments.count, "*")
        for argument in arguments {
            switch argument {
            case .text(let text):
                appendCount(text.utf8.count, "$")
                bytes.append(contentsOf: text.utf8)
            case .bytes(let data):
                appendCount(data.count, "$")
                bytes.append(contentsOf: data)
            }
            bytes.append(contentsOf: "\r\n".utf8)
        }
        count += 1
    }

    private mutating func appendCount(_ count: Int, _ mark: Unicode.Scalar) {
        bytes.append(UInt8(ascii: mark))
        bytes.append(contentsOf: String(count).utf8)
        bytes.append(contentsOf: "\r\n".utf8)
    }
}
#endif
