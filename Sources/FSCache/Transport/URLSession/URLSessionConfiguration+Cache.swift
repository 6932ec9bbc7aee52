#if canImport(FoundationNetworking)
import Foundation
public import FoundationNetworking
#else
public import Foundation
#endif

extension URLSessionConfiguration {
    /// A copy of the configuration whose `http` and `https` requests go through a cached session.
    ///
    /// Use it for a client that takes a configuration and makes its own `URLSession`:
    ///
    /// ```swift
    /// let session = try CachedSession("shop")
    /// let client = URLSession(configuration: .default.cached(by: session))
    /// ```
    ///
    /// - Parameter session: The session that answers. See `installCache(_:)`.
    /// - Returns: The copy.
    public func cached(by session: CachedSession) -> URLSessionConfiguration {
        let copy = (copy() as? URLSessionConfiguration) ?? self
        copy.installCache(session)
        return copy
    }

    /// Sends `http` and `https` requests through a cached session.
    ///
    /// It applies to each `URLSession` that is made from the configuration afterwards; requests with other schemes are left
    /// alone. A cached session that was installed before is replaced. You can install a session in any number of
    /// configurations, and different sessions in different ones.
    ///
    /// The requests behave as if you had passed them to the cached session:
    /// - Its settings apply, and its transport connects, with the transport's cookies, credentials, proxies, TLS and
    ///   timeouts. Only the additional header fields of this configuration are sent, and on Linux its cookies.
    /// - It follows redirects, so the delegate of the `URLSession` isn't asked about them. The response has the last URL.
    /// - The delegate isn't asked to answer authentication challenges. It gets the 401 response, on Linux without its
    ///   `WWW-Authenticate` field.
    /// - Responses have a `Cache-Status` field.
    /// - `URLCache` isn't used, and the cache policy of a request is ignored. Set its `Cache-Control` field instead.
    ///
    /// Errors are a `URLError`, as clients of `URLSession` expect. If it stands for an ``FSCacheError``, that is the
    /// `NSUnderlyingErrorKey` of its `userInfo`.
    ///
    /// On Linux, download tasks fail with `URLError.unsupportedURL`: `URLSession` can't give them content that it hasn't
    /// received itself. See <doc:URLSessionOnLinux>.
    ///
    /// - Parameter session: The session that answers. It stays in memory until you close it; then requests of the
    ///   configuration fail with ``FSCacheError/Code/closed``. A request that is in progress keeps its session.
    public func installCache(_ session: CachedSession) {
        removeCache()
        protocolClasses = [URLProtocolClasses.shared.class(for: session)] + (protocolClasses ?? [])
    }

    /// Removes the cached session that `installCache(_:)` installed, if there is one.
    ///
    /// The configuration is as it was before. Each `URLSession` that has already been made keeps the cached session.
    public func removeCache() {
        guard let classes = protocolClasses, classes.contains(where: { $0 is CachedURLProtocol.Type }) else { return }
        protocolClasses = classes.filter { !($0 is CachedURLProtocol.Type) }
    }
}

extension URLSession {
    /// Sends the `http` and `https` requests of `URLSession.shared` through a cached session.
    ///
    /// This is the last resort, for code that uses `URLSession.shared` and takes no configuration. It affects all such code in
    /// the process, including libraries that don't expect a cache, and only one session can be installed at a time. Prefer
    /// `URLSessionConfiguration.installCache(_:)`. Call it before the first request: on Linux, it is not safe
    /// while another thread starts one.
    ///
    /// - Parameter session: The session that answers. It replaces the one that was installed before.
    public static func installSharedCache(_ session: CachedSession) {
        #if canImport(FoundationNetworking)
        // A registered class comes after those of URLSession itself, but the configuration can be changed.
        shared.configuration.installCache(session)
        #else
        removeSharedCache()
        URLProtocol.registerClass(URLProtocolClasses.shared.registrableClass(for: session))
        #endif
    }

    /// Removes the cached session that `installSharedCache(_:)` installed, if there is one.
    public static func removeSharedCache() {
        #if canImport(FoundationNetworking)
        shared.configuration.removeCache()
        #else
        if let installed = URLProtocolClasses.shared.takeRegisteredClass() { URLProtocol.unregisterClass(installed) }
        #endif
    }
}
