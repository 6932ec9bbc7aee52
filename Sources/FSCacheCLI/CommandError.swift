import FSCache
import Foundation
import Serializers

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// The reason why a command failed, in words for the user.
struct CommandError: Error, CustomStringConvertible {
    let description: String

    /// Makes an error from lines, in which other control characters are replaced.
    init(_ description: String) {
        self.description = description.printableLines
    }

    /// The error with a message for the user, if its description isn't suitable.
    static func readable(_ error: any Error) -> any Error {
        text(of: error).map { CommandError($0.printable) } ?? error
    }

    private static func text(of error: any Error) -> String? {
        switch error {
        case let error as FSCacheError:
            // The messages of the store include the system's message.
            guard let underlying = error.underlyingError, !(underlying is POSIXError) else { return error.message }
            return "\(error.message) (\(text(of: underlying) ?? FSCacheError.describe(underlying)))"
        case let error as SerializationError:
            return error.message
        case let error as URLError:
            let reason = error.localizedDescription
            return error.failingURL.flatMap(withoutSecrets).map { "\($0): \(reason)" } ?? reason
        case let error as CocoaError:
            let path = (error.filePath ?? error.url?.path(percentEncoded: false)).map { "\($0): " } ?? ""
            let cause = (error.underlying as? POSIXError).map { StandardStreams.describe($0.code.rawValue) }
            return path + (cause ?? error.localizedDescription)
        default:
            return nil
        }
    }

    /// A URL without the parts that may hold secrets.
    private static func withoutSecrets(_ url: URL) -> String? {
        guard var components = URLComponents(url: url, resolvingAgainstBaseURL: true) else { return nil }
        (components.user, components.password, components.query, components.fragment) = (nil, nil, nil, nil)
        return components.string
    }
}
