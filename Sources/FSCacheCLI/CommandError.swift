import FSCache
import Foundation
import Serializers

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Why a command failed, in words for the one who typed it.
struct CommandError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    /// The error in words, if it is one that is written for programs.
    static func readable(_ error: any Error) -> any Error {
        text(of: error).map { CommandError($0) } ?? error
    }

    private static func text(of error: any Error) -> String? {
        switch error {
        case let error as FSCacheError:
            // The messages of the store name what the system said already.
            guard let underlying = error.underlyingError, !(underlying is POSIXError) else { return error.message }
            return "\(error.message) (\(text(of: underlying) ?? "\(underlying)"))"
        case let error as SerializationError:
            return error.message
        case let error as URLError:
            let reason = error.localizedDescription
            return error.failingURL.map { "\($0.absoluteString): \(reason)" } ?? reason
        case let error as CocoaError:
            let path = (error.filePath ?? error.url?.path(percentEncoded: false)).map { "\($0): " } ?? ""
            let cause = (error.underlying as? POSIXError).map { StandardStreams.describe($0.code.rawValue) }
            return path + (cause ?? error.localizedDescription)
        default:
            return nil
        }
    }
}
