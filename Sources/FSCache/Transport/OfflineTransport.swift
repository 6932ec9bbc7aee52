public import HTTPTypes

/// Sends nothing: for sessions that replay what is recorded, in tests above all.
///
/// ```swift
/// let session = try CachedSession("Tests/Recorded", settings: CacheSettings(isReadOnly: true), transport: OfflineTransport())
/// ```
public struct OfflineTransport: HTTPTransport {
    /// Makes a transport that has no network.
    public init() {}

    /// Refuses a request.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - body: Its content.
    /// - Returns: Nothing, ever.
    /// - Throws: ``FSCacheError`` with ``FSCacheError/Code/offline``, which names the request that nothing stored answers.
    public func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse {
        let url = (try? TargetURL(of: request).description) ?? request.path ?? ""
        throw FSCacheError(
            .offline,
            "Nothing usable is stored for \(request.method) \(url), and the session is offline. Record it with another "
                + "transport, or see with the log at level debug why what is stored does not match."
        )
    }
}
