/// How the cache handled a request: the `Cache-Status` field (RFC 9211).
public struct CacheStatus: Sendable, Hashable {
    /// Why a request went to the origin (RFC 9211 §2.2).
    ///
    /// More reasons may be added, so a `switch` needs a default.
    public struct Forward: Sendable, Hashable, CustomStringConvertible {
        // Not a string, because it is copied on each hit.
        private enum Reason: String {
            case bypass
            case method
            case uriMiss = "uri-miss"
            case varyMiss = "vary-miss"
            case partial
            case request
            case stale
        }

        private let reason: Reason

        /// The reason, as written in the field.
        public var description: String { reason.rawValue }

        /// The request bypassed the cache.
        public static let bypass = Forward(reason: .bypass)
        /// The method is not cached.
        public static let method = Forward(reason: .method)
        /// Nothing is stored for the URL.
        public static let uriMiss = Forward(reason: .uriMiss)
        /// A response is stored for the URL, but for other values of the fields that `Vary` names.
        public static let varyMiss = Forward(reason: .varyMiss)
        /// Only a part of the content is stored, and the request needs more of it.
        public static let partial = Forward(reason: .partial)
        /// The stored response is fresh, but the request demands a newer one.
        public static let request = Forward(reason: .request)
        /// The stored response is stale.
        public static let stale = Forward(reason: .stale)
    }

    /// Why the request went to the origin; `nil` for a hit.
    public var forward: Forward?
    /// The status of the origin's answer, if it differs from that of the response (RFC 9211 §2.3).
    public var forwardStatus: Int?
    /// The remaining freshness lifetime in seconds: negative if the response is stale, `nil` if it never expires or was not
    /// stored (RFC 9211 §2.4).
    public var timeToLive: Int?
    /// Whether the response was stored (RFC 9211 §2.5).
    public var isStored: Bool
    /// Whether the request was collapsed: it shares the response to a concurrent request (RFC 9211 §2.6).
    public var isCollapsed: Bool
    /// More detail, such as why the response was not stored (RFC 9211 §2.8).
    public var detail: String?

    package init(
        forward: Forward? = nil,
        forwardStatus: Int? = nil,
        timeToLive: Int? = nil,
        isStored: Bool = false,
        isCollapsed: Bool = false,
        detail: String? = nil
    ) {
        self.forward = forward
        self.forwardStatus = forwardStatus
        self.timeToLive = timeToLive
        self.isStored = isStored
        self.isCollapsed = isCollapsed
        self.detail = detail
    }

    /// Whether the response was served without asking the origin.
    public var isHit: Bool { forward == nil }

    /// The detail of a 504 by the cache itself, because the origin must not be asked (RFC 9111 §5.2.1.7).
    static let onlyIfCached = "only-if-cached"

    /// Whether the response is a 504 by the cache itself.
    package var isOnlyIfCached: Bool { detail == Self.onlyIfCached }
}

extension CacheStatus: CustomStringConvertible {
    /// The field value, such as `FSCache; hit; ttl=300` or `FSCache; fwd=uri-miss; stored`.
    public var description: String {
        var value = "FSCache"
        if let forward { value += "; fwd=\(forward)" } else { value += "; hit" }
        if let forwardStatus { value += "; fwd-status=\(forwardStatus)" }
        if let timeToLive { value += "; ttl=\(timeToLive)" }
        if isStored { value += "; stored" }
        if isCollapsed { value += "; collapsed" }
        if let detail { value += "; detail=\(Self.quoted(detail))" }
        return value
    }

    /// Writes an `sf-string`: printable ASCII, quotes and backslashes escaped (RFC 9651 §3.3.3).
    private static func quoted(_ text: String) -> String {
        let characters = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case " "..."~": String(scalar)
            default: "?"
            }
        }
        return "\"\(characters.joined())\""
    }
}
