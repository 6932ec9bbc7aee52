/// Why no stored response answers a request, and which stored requests are most similar to it.
///
/// Print it, or encode it as JSON:
///
/// ```
/// No stored response answers GET https://api.example.com/items?page=2.
/// The path is stored, but with another query. The most similar stored request:
///   GET https://api.example.com/items?page=1
///     query page  wanted 2  stored 1
/// ```
///
/// It has only values that the files of the cache may have: credentials and ignored parameters are `REDACTED`.
public struct MissExplanation: Sendable {
    /// A kind of miss.
    ///
    /// More kinds may be added, so a `switch` needs a default.
    public struct Reason: Sendable, Hashable, CustomStringConvertible {
        /// The reason's name.
        public let description: String

        /// Nothing is stored at all.
        public static let empty = Reason(description: "empty")
        /// No request to this host is stored.
        public static let host = Reason(description: "host")
        /// Requests to this host are stored, but none with this path.
        public static let path = Reason(description: "path")
        /// The path is stored, but only with other methods.
        public static let method = Reason(description: "method")
        /// The path is stored, but only with other queries.
        public static let query = Reason(description: "query")
        /// The request is stored, but with other values of header fields that enter the key.
        public static let header = Reason(description: "header")
        /// The request is stored, but with another body.
        public static let body = Reason(description: "body")
        /// The stored response varies by header fields that differ (RFC 9111 §4.1).
        public static let variant = Reason(description: "variant")
        /// Every stored response to the request has been used.
        ///
        /// Only the caller can know that.
        public static let used = Reason(description: "used")
        /// A response to the request is stored, but it may not be used: it is stale or incomplete, or the request demands
        /// another.
        public static let unusable = Reason(description: "unusable")
        /// The request is stored under another key, which was made with other settings.
        public static let settings = Reason(description: "settings")
        /// The cache stays out of the request.
        public static let bypass = Reason(description: "bypass")
    }

    /// A part of a request in which two requests differ.
    ///
    /// More parts may be added, so a `switch` needs a default.
    public struct Ingredient: Sendable, Hashable, CustomStringConvertible {
        /// The part's name.
        public let description: String

        /// The method.
        public static let method = Ingredient(description: "method")
        /// The scheme, the host and the port.
        public static let host = Ingredient(description: "host")
        /// The path.
        public static let path = Ingredient(description: "path")
        /// A parameter of the query, or without a name, the order of the parameters.
        public static let query = Ingredient(description: "query")
        /// A header field that enters the key.
        public static let header = Ingredient(description: "header")
        /// A header field that the `Vary` of the stored response names.
        public static let vary = Ingredient(description: "vary")
        /// A member of a JSON body, a parameter of a form, or without a name, the body as a whole.
        public static let body = Ingredient(description: "body")
        /// The time at which the stored response became stale.
        public static let expiry = Ingredient(description: "expiry")
    }

    /// A difference between the wanted request and a stored one.
    public struct Difference: Sendable, Hashable {
        /// The part in which the requests differ.
        public let ingredient: Ingredient
        /// The name of the parameter or the header field, or the path of the JSON member; `nil` for the whole part.
        public let name: String?
        /// The value in the wanted request, without the middle of long text; `nil` if it is absent.
        public let wanted: String?
        /// The value in the stored request; `nil` if it is absent.
        public let stored: String?
        /// Whether both values are redacted, so they may also be equal.
        public let isRedacted: Bool
    }

    /// A stored request that is similar to the wanted one.
    public struct NearestRequest: Sendable, Hashable {
        /// The stored request.
        public let request: StoredResponse.Request
        /// Its differences.
        public let differences: [Difference]
        /// The number of further differences, which are left out.
        public let omittedDifferenceCount: Int
    }

    /// How many stored requests are compared at most: 2,000.
    public static let searchLimit = 2000
    /// How many stored requests are shown at most.
    static let nearestLimit = 3

    /// The kind of miss.
    public let reason: Reason
    /// The wanted request, as it would be stored.
    public let request: StoredResponse.Request
    /// Up to three stored requests, the most similar one first.
    public let nearest: [NearestRequest]
    /// The number of stored requests that were compared.
    public let searchedCount: Int
    /// Whether all stored requests were compared that could be more similar.
    public let isSearchComplete: Bool
    /// The advice: the command or the setting that stores a response.
    public var advice: String
    /// The reason in words, if the kind doesn't say enough.
    let detail: String?

    /// Explains a miss without a search, because the cache stays out of the request.
    init(bypassing request: StoredResponse.Request, because detail: String, matching: RequestMatching, advice: String) {
        var request = request
        request.headerFields = matching.distinguishing(request, [])
        self.request = request
        self.reason = .bypass
        self.nearest = []
        self.searchedCount = 0
        self.isSearchComplete = true
        self.advice = advice
        self.detail = detail
    }

    /// Explains a miss by the result of a search.
    init(_ search: NearestSearch, advice: String, reason: Reason? = nil) {
        let found = search.result()
        self.request = found.request
        self.reason = reason ?? found.reason
        self.nearest = found.nearest
        self.searchedCount = search.searchedCount
        self.isSearchComplete = !search.isCutShort
        self.advice = advice
        self.detail = nil
    }
}

extension MissExplanation {
    /// Compares a request with stored ones.
    ///
    /// - Parameters:
    ///   - request: The wanted request, redacted as stored ones are.
    ///   - stored: The stored requests. At most ``searchLimit`` are compared.
    ///   - advice: What to do: the command or the setting that stores a response.
    ///   - reason: The kind of miss. Default: as the differences tell.
    ///   - settings: The settings of the cache, which tell what enters a key and what is secret.
    public init(
        of request: StoredResponse.Request,
        among stored: some Sequence<StoredResponse.Request>,
        advice: String,
        reason: Reason? = nil,
        settings: CacheSettings = CacheSettings()
    ) {
        var search = NearestSearch(request, RequestMatching(settings))
        for request in stored where !search.considers(request) { break }
        self.init(search, advice: advice, reason: reason)
    }

    /// Compares a request with stored ones that are read on demand.
    ///
    /// - Parameters:
    ///   - request: The wanted request, redacted as stored ones are.
    ///   - stored: The stored requests. At most ``searchLimit`` are compared.
    ///   - advice: What to do: the command or the setting that stores a response.
    ///   - reason: The kind of miss. Default: as the differences tell.
    ///   - settings: The settings of the cache, which tell what enters a key and what is secret.
    /// - Throws: The error of the sequence.
    public init(
        of request: StoredResponse.Request,
        among stored: some AsyncSequence<StoredResponse.Request, any Error>,
        advice: String,
        reason: Reason? = nil,
        settings: CacheSettings = CacheSettings()
    ) async throws {
        var search = NearestSearch(request, RequestMatching(settings))
        for try await request in stored where !search.considers(request) { break }
        self.init(search, advice: advice, reason: reason)
    }
}
