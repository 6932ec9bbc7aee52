public import Foundation
public import HTTPTypes

/// A URL as text or as a `URL`.
public protocol URLText: Sendable {
    /// The URL as text.
    var urlText: String { get }
}

extension String: URLText {
    /// The text itself.
    public var urlText: String { self }
}

extension URL: URLText {
    /// The absolute form of the URL.
    public var urlText: String { absoluteString }
}

extension HTTPRequest {
    /// Makes a `GET` request for a URL.
    ///
    /// A user and a password in it become an `Authorization` field.
    ///
    /// - Parameter url: An absolute `http` or `https` URL.
    /// - Throws: ``FSCacheError/Code/invalidURL``, with advice.
    public init(url: some URLText) throws(FSCacheError) {
        self.init(target: try TargetURL(url.urlText))
    }
}
