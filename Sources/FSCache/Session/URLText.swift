public import Foundation

/// What says a URL: text, or Foundation's `URL`.
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
