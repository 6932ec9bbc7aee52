public import Foundation
public import HTTPTypes
internal import Serializers

extension RequestMatching {
    /// Prepares the settings that keys and redaction depend on.
    package convenience init(_ settings: CacheSettings = CacheSettings()) {
        self.init(
            ignored: ParameterNames(settings.ignoredParameters),
            credentials: ParameterNames(settings.credentialParameters),
            separatesCredentials: settings.credentials.isSeparate,
            matchHeaders: settings.matchHeaders,
            urlMatching: settings.urlMatching,
            contentRoot: settings.contentRootKey.map { $0.utf8.map(\.lowercased) },
            redactsCookies: settings.redactsCookies,
            isTLSVerificationDisabled: settings.isTLSVerificationDisabled,
            hasKeyFunction: settings.keyFunction != nil
        )
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
