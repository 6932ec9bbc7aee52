public import FSCache
public import Foundation
public import HTTPTypes
public import Serializers

/// What is recorded in a fixture, how requests find it, and how it is replayed.
///
/// ```swift
/// let settings = FixtureSettings(
///     ignoredParameters: ["session_id"],
///     placeholders: [.init("API_TOKEN", environment: "API_TOKEN", standIn: "token-for-tests")]
/// )
/// ```
public struct FixtureSettings: Sendable {
    /// What happens to a request after the last of its recorded responses has been replayed.
    public struct Exhaustion: Sendable, Hashable {
        private let name: String

        /// The last response is repeated.
        public static let repeatsLast = Exhaustion(name: "repeatsLast")
        /// The request fails, as one without a recorded response does.
        public static let fails = Exhaustion(name: "fails")
    }

    /// How fast a recorded stream is replayed.
    public struct Pace: Sendable, Hashable {
        private let name: String

        /// All chunks at once, one after the other.
        public static let immediate = Pace(name: "immediate")
        /// With the pauses with which the chunks arrived.
        ///
        /// Recording with this pace writes them to the file.
        public static let recorded = Pace(name: "recorded")
    }

    /// Changes a response and its request before they are written.
    public typealias Redactor = @Sendable (inout StoredResponse) -> Void

    // MARK: Files

    /// The format of new files.
    ///
    /// Default: YAML, or JSON if the package is built without the trait `YAML`. Files in the other formats are read too.
    public var serializer: any Serializer = defaultSerializer
    /// The time that is written as that of each exchange, so that recording again changes no file; `nil` for the actual
    /// one.
    ///
    /// `Date` becomes this time, and `Expires` keeps its distance to it. It is also where the clock of a session begins.
    ///
    /// Default: 2025-01-01 00:00:00 UTC.
    public var recordedAt: Date? = Date(timeIntervalSince1970: 1_735_689_600)
    /// Header fields of responses that differ each time, and the values that are written in their place.
    ///
    /// Default: ``defaultNormalizedFields``, which has identifiers of requests and measured times.
    public var normalizedFields: [HTTPField.Name: String] = defaultNormalizedFields

    // MARK: Matching

    /// Names of parameters in which requests need not agree, and whose values are written as `REDACTED`.
    ///
    /// They apply as ``/FSCache/CacheSettings/ignoredParameters`` do, to header fields, queries, forms and JSON, and also to the
    /// JSON of responses. A dotted name is the path of a member, such as `user.email`.
    ///
    /// Default: none.
    public var ignoredParameters: [String] = []
    /// Names of parameters that hold credentials.
    ///
    /// They are treated like ``ignoredParameters``, and at any depth of JSON.
    ///
    /// Default: ``defaultCredentialParameters``.
    public var credentialParameters = defaultCredentialParameters
    /// The header fields in which requests must agree, beside those that `Vary` names.
    ///
    /// Default: none.
    public var matchHeaders = HeaderMatching.none
    /// Origins, such as `http://127.0.0.1:8080`, and the names that are written in their place, such as
    /// `http://shop.test`.
    ///
    /// With it, what was recorded from one port is replayed on another. It applies to URLs, header fields and bodies.
    ///
    /// Default: none.
    public var originNames: [String: String] = [:]
    /// Whether a `GET` is answered with what it returned at that point of the recording: before or after the unsafe
    /// requests to its path.
    ///
    /// Default: `false`, so repeated requests get the responses in the order of the recording, whatever comes between.
    public var keepsOrder = false
    /// What happens after the last recorded response.
    ///
    /// Default: ``Exhaustion/repeatsLast``.
    public var whenExhausted = Exhaustion.repeatsLast

    /// Whether requests with different credentials have separate responses.
    ///
    /// Default: ``/FSCache/CredentialMatching/ignored``, so that a test needs none.
    public var credentials = CredentialMatching.ignored
    /// How URLs are written before they are compared.
    package var urlMatching = URLMatching.sortedQuery

    // MARK: Secrets

    /// Values that are never written, and names that stand for them.
    ///
    /// Default: none.
    public var placeholders: [FixturePlaceholder] = []
    /// Patterns whose matches are written as `REDACTED`, in URLs, header fields and bodies of text.
    ///
    /// Requests need not agree in what a pattern matches.
    ///
    /// Default: none.
    public var redactedPatterns: [FixturePattern] = []
    /// Whether cookies are written as `REDACTED`.
    ///
    /// Default: `true`.
    public var redactsCookies = true
    /// Changes a response and its request before they are written.
    ///
    /// It doesn't change which requests match.
    ///
    /// Default: none.
    public var redactor: Redactor?

    // MARK: Streams

    /// How fast a stream is replayed.
    ///
    /// Default: ``Pace/immediate``.
    public var pace = Pace.immediate

    /// Makes settings with the default values.
    public init() {}

    /// Makes settings.
    ///
    /// Each parameter is documented at the property of its name.
    public init(
        serializer: any Serializer = defaultSerializer,
        ignoredParameters: [String] = [],
        matchHeaders: HeaderMatching = .none,
        placeholders: [FixturePlaceholder] = [],
        redactedPatterns: [FixturePattern] = [],
        keepsOrder: Bool = false,
        whenExhausted: Exhaustion = .repeatsLast,
        originNames: [String: String] = [:]
    ) {
        self.serializer = serializer
        self.ignoredParameters = ignoredParameters
        self.matchHeaders = matchHeaders
        self.placeholders = placeholders
        self.redactedPatterns = redactedPatterns
        self.keepsOrder = keepsOrder
        self.whenExhausted = whenExhausted
        self.originNames = originNames
    }
}

extension FixtureSettings {
    /// The format of new files by default.
    public static var defaultSerializer: any Serializer {
        #if YAML
        YAMLSerializer()
        #else
        JSONSerializer()
        #endif
    }

    /// The names in ``credentialParameters`` by default: those of ``/FSCache/CacheSettings/defaultCredentialParameters``,
    /// passwords, and the tokens and secrets of OAuth 2.0.
    public static let defaultCredentialParameters =
        CacheSettings.defaultCredentialParameters
        + ["password", "passwd", "client_secret", "refresh_token", "id_token"]

    /// The fields in ``normalizedFields`` by default.
    public static let defaultNormalizedFields: [HTTPField.Name: String] = {
        let identifiers = [
            "Request-Id", "X-Request-Id", "X-Correlation-Id", "X-Trace-Id", "X-Amzn-Trace-Id", "X-Amzn-RequestId",
            "X-Amz-Request-Id", "X-Amz-Id-2", "X-Amz-Cf-Id", "X-GitHub-Request-Id", "CF-Ray", "Traceparent",
            "Tracestate", "X-Cloud-Trace-Context", "X-B3-TraceId", "X-B3-SpanId",
        ]
        let times = ["Age", "X-Runtime", "X-Response-Time", "X-RateLimit-Reset", "X-Envoy-Upstream-Service-Time"]
        let pairs = identifiers.map { ($0, "normalized") } + times.map { ($0, "0") } + [("Server-Timing", "normalized")]
        return Dictionary(
            uniqueKeysWithValues: pairs.compactMap { name, value in HTTPField.Name(name).map { ($0, value) } }
        )
    }()

    /// The settings that keys and redaction depend on.
    package var cacheSettings: CacheSettings {
        CacheSettings(
            ignoredParameters: ignoredParameters,
            credentialParameters: credentialParameters,
            credentials: credentials,
            matchHeaders: matchHeaders,
            urlMatching: urlMatching,
            redactsCookies: redactsCookies
        )
    }
}
