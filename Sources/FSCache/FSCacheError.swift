internal import Foundation

#if canImport(FoundationNetworking)
internal import FoundationNetworking
#endif

/// An error of FSCache.
///
/// A broken cache never makes a request throw: the failure is logged, and the request continues.
public struct FSCacheError: Error {
    /// A kind of failure.
    ///
    /// More kinds may be added, so a `switch` needs a default.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name.
        public let description: String

        /// A URL is not an absolute `http` or `https` URL.
        public static let invalidURL = Code(description: "invalidURL")
        /// A setting is invalid, or contradicts another.
        public static let invalidSetting = Code(description: "invalidSetting")
        /// The store can't be used: its place is not a directory or not writable, or its layout is of a later version.
        public static let unusableStore = Code(description: "unusableStore")
        /// An operation of the store failed.
        public static let storeFailed = Code(description: "storeFailed")
        /// The entry is larger than the limits of the store allow.
        public static let entryTooLarge = Code(description: "entryTooLarge")
        /// The store has failed lately, and is not asked again before a pause has passed.
        public static let storeUnavailable = Code(description: "storeUnavailable")
        /// The session or the backend has been closed.
        public static let closed = Code(description: "closed")
        /// There are more redirects than the session follows.
        public static let tooManyRedirects = Code(description: "tooManyRedirects")
        /// The response ended before it was complete.
        public static let incompleteResponse = Code(description: "incompleteResponse")
        /// The response is invalid.
        public static let invalidResponse = Code(description: "invalidResponse")
        /// No stored response answers the request, and the session has no network.
        public static let offline = Code(description: "offline")
        /// The transport can't send the request.
        public static let unsupportedRequest = Code(description: "unsupportedRequest")
    }

    /// The kind of failure.
    public var code: Code
    /// The reason, and a remedy.
    public var message: String
    /// The error that led to this one.
    public var underlyingError: (any Error)?
    /// Why no stored response answers the request, for ``Code/offline``.
    ///
    /// The message has its text.
    public var explanation: MissExplanation?

    /// Makes an error.
    ///
    /// - Parameters:
    ///   - code: The kind of failure.
    ///   - message: The reason, and a remedy.
    ///   - underlyingError: The error that led to this one.
    ///   - explanation: Why no stored response answers the request.
    public init(
        _ code: Code,
        _ message: String,
        underlyingError: (any Error)? = nil,
        explanation: MissExplanation? = nil
    ) {
        self.code = code
        self.message = message
        self.underlyingError = underlyingError
        self.explanation = explanation
    }
}

extension FSCacheError: CustomStringConvertible {
    /// The code, the message, and the underlying error unless it is an error number, which the message describes.
    ///
    /// It has no URL of the underlying error, because URLs may hold secrets.
    public var description: String {
        guard let underlyingError, !(underlyingError is POSIXError) else { return "\(code): \(message)" }
        return "\(code): \(message): \(Self.describe(underlyingError))"
    }

    /// Describes an error for logs and header fields, without the URLs of the errors of Foundation.
    package static func describe(_ error: any Error) -> String {
        // Foundation's own description is the dump of a dictionary, in which a URLError has its URL. Casts to NSError
        // always succeed, so ask for the type.
        let isOfFoundation = type(of: error) is NSError.Type || error is URLError || error is CocoaError
        return isOfFoundation ? error.localizedDescription : "\(error)"
    }
}
