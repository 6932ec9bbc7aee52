/// Options for one request, which override the settings of the session.
///
/// Options are never sent to the origin.
public struct RequestOptions: Sendable {
    /// How long the response may be used.
    ///
    /// Default: as in the settings.
    public var expireAfter: Expiration?
    /// Validates the stored response with the origin before it is used.
    ///
    /// Without a validator, it is fetched again.
    public var refresh: Bool
    /// Fetches the response again, even if a usable one is stored, and stores it.
    public var forceRefresh: Bool
    /// Never asks the origin.
    ///
    /// If no usable response is stored, the response has status 504 (RFC 9111 §5.2.1.7).
    ///
    /// A stale response is usable if ``staleIfError`` allows it.
    public var onlyIfCached: Bool
    /// Whether a stale response may be used in place of an error.
    ///
    /// Default: as in the settings.
    public var staleIfError: StaleAllowance?
    /// Whether a stale response may be used while it is refreshed in the background.
    ///
    /// Default: as in the settings.
    public var staleWhileRevalidate: StaleAllowance?
    /// Whether redirects are followed.
    ///
    /// Default: as in the settings.
    public var followsRedirects: Bool?
    /// Whether a streamed response is read to its end and stored even if its reader stops early.
    public var finishesInBackground: Bool
    /// Receives interim responses, such as 103 (Early Hints), that the origin sends before its response (RFC 9110 §15.2),
    /// including those before a redirect.
    ///
    /// It is called on any thread while the request waits, and has to return at once. It is not called if the response
    /// comes from the cache or from a concurrent request, or if the transport doesn't report interim responses:
    /// `AsyncHTTPClient` does over HTTP/1.1, `URLSession` doesn't.
    public var onInterimResponse: InterimResponses.Receiver?

    /// Makes options.
    ///
    /// Each parameter is documented at the property of its name.
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
