import ArgumentParser
import FSCache
import HTTPTypes

/// What names an entry on the command line.
struct EntryReference {
    enum Kind {
        /// The first digits of a key, or all of them.
        case key(prefix: String)
        case url(HTTPRequest)
    }

    let text: String
    let kind: Kind

    /// Reads a reference that was typed.
    init(argument: String) throws {
        text = argument
        if (1...64).contains(argument.utf8.count), argument.allSatisfy({ $0.isASCII && $0.isHexDigit }) {
            kind = .key(prefix: argument.lowercased())
        } else if argument.contains("://") {
            kind = .url(try HTTPRequest(argument: argument))
        } else {
            throw ValidationError(
                "\(argument.debugDescription) is neither a key, which is up to 64 of 0-9a-f, nor a URL."
            )
        }
    }
}
