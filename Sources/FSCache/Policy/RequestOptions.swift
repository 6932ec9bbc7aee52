/// What is different for one request.
///
/// None of it reaches the wire.
public struct RequestOptions: Sendable {
    /// How long the response may be used, in place of what the settings say.
    ///
    /// Default: `nil`, what the settings say.
    public var expireAfter: Expiration?
    /// Asks the origin whether the stored response still holds before it is used; without a validator, fetches anew.
    ///
    /// Default: no.
    public var refresh: Bool
    /// Fetches anew whatever is stored, and stores the response.
    ///
    /// Default: no.
    public var forceRefresh: Bool
    /// Never asks the origin: what is not stored, or not usable, gives a response with status 504 (RFC 9111 §5.2.1.7).
    ///
    /// A stale response is usable when ``staleIfError`` allows it. Default: no.
    public var onlyIfCached: Bool
    /// Whether a stale response may be used in place of an error, in place of what the settings say.
    ///
    /// Default: `nil`, what the settings say.
    public var staleIfError: StaleAllowance?
    /// Whether a stale response may be used while it is refreshed in the background, in place of what the settings say.
    ///
    /// Default: `nil`.
    public var staleWhileRevalidate: StaleAllowance?
    /// Whether redirects are followed, in place of what the settings say.
    ///
    /// Default: `nil`, what the settings say.
    public var followsRedirects: Bool?
    /// Whether a streamed response that is being stored is read to its end even when its reader has left.
    public var finishesInBackground: Bool
    /// Is told of interim responses, such as 103 (Early Hints), that the origin sends before its response to this request
    /// (RFC 9110 §15.2), those of redirects included.
    ///
    /// It is called while the response is waited for, on any thread, and has to return at once. There are none where the
    /// answer comes from the cache or from another request that is under way, nor from a transport that does not tell of
    /// them: `URLSession` does not, `AsyncHTTPClient` does over HTTP/1.1. Default: `nil`.
    public var onInterimResponse: InterimResponses.Receiver?

    /// Makes options; each default leaves things as the session has them.
    ///
    /// - Parameters:
    ///   - expireAfter: How long the response may be used.
    ///   - refresh: Whether to validate before use.
    ///   - forceRefresh: Whether to fetch anew whatever is stored.
    ///   - onlyIfCached: Whether never to ask the origin.
    ///   - staleIfError: Whether a stale response may be used in place of an error.
    ///   - staleWhileRevalidate: Whether a stale response may be used while it is refreshed.
    ///   - followsRedirects: Whether redirects are followed.
    ///   - finishesInBackground: Whether a streamed response is stored even when its reader leaves.
    ///   - onInterimResponse: Is told of interim responses.
    public init(
        expireAfter: Expiration? = nil,
        refresh: Bool = false,
        forceRefresh: Bool = false,
        onlyIfCached: Bool = false,
        staleIfError: StaleAllowance? = nil,
        staleWhileRevalidate: StaleAllowance? = nil,
        followsRedirects: Bool? = nil,
        finishesInBackground: Bool = false,
        onInterimResponse: InterimResponses.Receiver? = nil
    ) {
        self.expireAfter = expireAfter
        self.refresh = refresh
        self.forceRefresh = forceRefresh
        self.onlyIfCached = onlyIfCached
        self.staleIfError = staleIfError
        self.staleWhileRevalidate = staleWhileRevalidate
        self.followsRedirects = followsRedirects
        self.finishesInBackground = finishesInBackground
        self.onInterimResponse = onInterimResponse
    }
}
