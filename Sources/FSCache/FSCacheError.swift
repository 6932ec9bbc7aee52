internal import Foundation

/// What FSCache throws at its callers.
///
/// A broken cache is no reason: that is logged, and the request goes on.
public struct FSCacheError: Error {
    /// What kind of failure this is.
    ///
    /// More kinds may come, so a `switch` over them needs a default.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name.
        public let description: String

        /// A URL is no absolute `http` or `https` URL.
        public static let invalidURL = Code(description: "invalidURL")
        /// A setting makes no sense, or contradicts another.
        public static let invalidSetting = Code(description: "invalidSetting")
        /// The store can't be used: its place is not a directory, not writable, or of a later layout.
        public static let unusableStore = Code(description: "unusableStore")
        /// An operation of the store failed.
        public static let storeFailed = Code(description: "storeFailed")
        /// The session or the backend has been closed.
        public static let closed = Code(description: "closed")
        /// More redirects than the session follows.
        public static let tooManyRedirects = Code(description: "tooManyRedirects")
        /// The response ended before it was complete.
        public static let incompleteResponse = Code(description: "incompleteResponse")
        /// The response could not be made sense of.
        public static let invalidResponse = Code(description: "invalidResponse")
        /// Nothing stored answers the request, and the session has no network.
        public static let offline = Code(description: "offline")
        /// The request can't be sent by this transport.
        public static let unsupportedRequest = Code(description: "unsupportedRequest")
    }

    /// What kind of failure this is.
    public var code: Code
    /// What was wrong, and what to do about it.
    public var message: String
    /// The error that led to this one.
    public var underlyingError: (any Error)?

    /// Makes an error.
    ///
    /// - Parameters:
    ///   - code: What kind of failure this is.
    ///   - message: What was wrong, and what to do about it.
    ///   - underlyingError: The error that led to this one.
    public init(_ code: Code, _ message: String, underlyingError: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlyingError = underlyingError
    }
}

extension FSCacheError: CustomStringConvertible {
    /// The code, the message, and what lies beneath, unless that is an error number, which the message has in words.
    public var description: String {
        guard let underlyingError, !(underlyingError is POSIXError) else { return "\(code): \(message)" }
        return "\(code): \(message): \(underlyingError)"
    }
}
