public import HTTPTypes

/// A transport that rejects every request.
///
/// Use it for sessions that only replay stored responses, for example in tests. The error of a session names the most
/// similar stored requests, and how they differ: see ``FSCacheError/explanation``.
///
/// ```swift
/// let session = try CachedSession("Tests/Recorded", settings: CacheSettings(isReadOnly: true), transport: OfflineTransport())
/// ```
public struct OfflineTransport: HTTPTransport {
    /// The settings of the session, which tell what is secret.
    var matching: RequestMatching?

    /// Whether the errors of a session explain why no stored response answers a request.
    let explainsMisses: Bool

    /// What to do about a miss.
    static let advice =
        "To store a response, send the request through a session with another transport, such as "
        + "URLSessionTransport."

    /// Makes a transport without a network.
    ///
    /// - Parameter explainsMisses: Whether the errors of a session explain why no stored response answers a request. For each
    ///   such request, up to ``MissExplanation/searchLimit`` entries are read. Pass `false` for requests of strangers, who
    ///   could keep the store busy and learn what is stored.
    public init(explainsMisses: Bool = true) {
        self.explainsMisses = explainsMisses
    }

    /// Rejects a request.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - body: Its content.
    /// - Returns: Never.
    /// - Throws: ``FSCacheError`` with ``FSCacheError/Code/offline``, which names the request without its secrets.
    public func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse {
        let record = try StoredResponse.Request(request, redacting: matching ?? RequestMatching())
        // Without a session, it is not known which parameters are secret.
        let url = matching == nil ? String(record.url.prefix { $0 != "?" }) : record.url
        throw FSCacheError(
            .offline,
            "No stored response answers \(record.method) \(url), and the session is offline. \(Self.advice)"
        )
    }
}
