public import Foundation
public import HTTPTypes
internal import Serializers

extension RequestMatching {
    /// Prepares the settings that keys and redaction depend on.
    package convenience init(_ settings: CacheSettings = CacheSettings()) {
        self.init(
            ignored: ParameterNames(settings.ignoredParameters),
            credentials: Self.credentials(settings),
            separatesCredentials: settings.credentials.isSeparate,
            matchHeaders: settings.matchHeaders,
            urlMatching: settings.urlMatching,
            contentRoot: settings.contentRootKey.map { $0.utf8.map(\.lowercased) },
            redactsCookies: settings.redactsCookies,
            isTLSVerificationDisabled: settings.isTLSVerificationDisabled,
            hasKeyFunction: settings.keyFunction != nil
        )
    }

    // Sorting the names takes longer than a hit, and in a test suite, each test has settings of its own.
    private static let defaultCredentials = ParameterNames(CacheSettings.defaultCredentialParameters)

    private static func credentials(_ settings: CacheSettings) -> ParameterNames {
        settings.credentialParameters == CacheSettings.defaultCredentialParameters
            ? defaultCredentials : ParameterNames(settings.credentialParameters)
    }
}

extension NormalizedRequest {
    /// Normalizes a request.
    ///
    /// - Parameters:
    ///   - request: The request, with scheme, authority and path.
    ///   - body: The content. Default: none.
    ///   - settings: The settings of the cache. ``CacheSettings/keyFunction`` is not used.
    /// - Throws: ``FSCacheError`` with ``FSCacheError/Code/invalidURL`` if the URL is not an absolute `http` or `https` URL.
    public init(
        _ request: HTTPRequest,
        body: Data = Data(),
        settings: CacheSettings = CacheSettings()
    ) throws(FSCacheError) {
        try self.init(request, body: body, matching: RequestMatching(settings))
    }
}
