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

    private(set) var bytes = Data()
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
        bytes.append(contentsOf: "*\(arguments.count)\r\n".utf8)
        for argument in arguments {
            switch argument {
            case .text(let text):
                bytes.append(contentsOf: "$\(text.utf8.count)\r\n".utf8)
                bytes.append(contentsOf: text.utf8)
            case .bytes(let data):
                bytes.append(contentsOf: "$\(data.count)\r\n".utf8)
                bytes.append(data)
            }
            bytes.append(contentsOf: "\r\n".utf8)
        }
        count += 1
    }
}
#endif
