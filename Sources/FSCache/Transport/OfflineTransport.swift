public import HTTPTypes

/// A transport that rejects every request.
///
/// Use it for sessions that only replay stored responses, for example in tests.
///
/// ```swift
/// let session = try CachedSession("Tests/Recorded", settings: CacheSettings(isReadOnly: true), transport: OfflineTransport())
/// ```
public struct OfflineTransport: HTTPTransport {
    /// The settings of the session, which tell what is secret.
    var matching: RequestMatching?

    /// Makes a transport without a network.
    public init() {}

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
            "No stored response answers \(record.method) \(url), and the session is offline. Record it with another "
                + "transport, or set the log to level debug to see why the stored responses do not match."
        )
    }
}
