/// What decides whether two requests are the same one, and what is kept secret of a request when it is stored.
///
/// Names are compared without regard to ASCII case. Make a value once and use it for many requests: it prepares the
/// look-up of names when it is made or changed.
public struct RequestMatching: Sendable, Hashable {
    /// Parameters that don't tell requests apart: they are left out of the key, and stored as `REDACTED`.
    ///
    /// A name applies to parameters of the query and of form bodies, to parts of multipart bodies, to header fields,
    /// and to members of JSON bodies. In JSON a plain name means a member of the outermost object; a dotted name, such
    /// as `auth.token`, one further in. An array stands for each of its elements.
    ///
    /// An ignored header field is left out of the key even where ``matchHeaders`` names it. Whoever wants a response
    /// for each value of `Authorization`, say, takes it out of this list and names it there.
    public var ignoredParameters: [String] {
        didSet { ignored = IgnoredParameters(ignoredParameters) }
    }

    /// The header fields that take part in the key.
    public var matchHeaders: HeaderMatching

    /// Where ``ignoredParameters`` apply in JSON bodies: only inside the member of this name.
    ///
    /// The name is dotted where the member lies deeper; `nil` means the whole body. Names to ignore begin below the
    /// member. Other kinds of bodies, queries and header fields are not affected.
    public var contentRootKey: String? {
        didSet { contentRoot = contentRootKey.map { $0.utf8.map(\.lowercased) } }
    }

    /// Whether the values of `Cookie` and `Set-Cookie` fields are stored as `REDACTED`.
    ///
    /// The key is not affected.
    public var redactsCookies: Bool

    /// Whether the values of `Authorization` and `Proxy-Authorization` fields are stored as `REDACTED`, even where they
    /// are no ignored parameters.
    ///
    /// The key is not affected. The default is `false`.
    public var redactsCredentials = false

    /// Whether the request is sent without a check of the server's certificate.
    ///
    /// It takes part in the key, so that what anybody could have forged is never served to those who check.
    public var isTLSVerificationDisabled: Bool

    /// What a redacted value reads.
    public static let redactedValue = "REDACTED"

    /// The parameters that are ignored unless you choose others: header fields and parameters that hold credentials.
    public static let defaultIgnoredParameters = [
        "Authorization", "Proxy-Authorization", "X-API-Key", "X-Auth-Token", "X-API-Token", "X-Access-Token",
        "access_token", "api_key", "apikey",
    ]

    private(set) var ignored: IgnoredParameters
    private(set) var contentRoot: [UInt8]?

    /// Makes settings for matching requests.
    ///
    /// - Parameters:
    ///   - ignoredParameters: Parameters that don't tell requests apart, and are redacted. The default is
    ///     ``defaultIgnoredParameters``.
    ///   - matchHeaders: The header fields that take part in the key. The default is none.
    ///   - contentRootKey: The member of JSON bodies in which parameters are ignored. The default is the whole body.
    ///   - redactsCookies: Whether cookies are stored as `REDACTED`. The default is `false`.
    ///   - isTLSVerificationDisabled: Whether certificates go unchecked. The default is `false`.
    public init(
        ignoredParameters: [String] = RequestMatching.defaultIgnoredParameters,
        matchHeaders: HeaderMatching = .none,
        contentRootKey: String? = nil,
        redactsCookies: Bool = false,
        isTLSVerificationDisabled: Bool = false
    ) {
        self.ignoredParameters = ignoredParameters
        self.matchHeaders = matchHeaders
        self.contentRootKey = contentRootKey
        self.redactsCookies = redactsCookies
        self.isTLSVerificationDisabled = isTLSVerificationDisabled
        self.ignored = IgnoredParameters(ignoredParameters)
        self.contentRoot = contentRootKey.map { $0.utf8.map(\.lowercased) }
    }
}
