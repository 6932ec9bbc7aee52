/// How the URL of a request is written before it is sent and before it enters the key.
///
/// Both use the same spelling: if two URLs have one key, the origin gets one and the same URL for both.
public struct URLMatching: Sendable, Hashable {
    let sortsQuery: Bool
    let isNormalized: Bool

    /// Normalized (RFC 3986 §6.2.2, §6.2.3), and the parameters of the query are sorted by name; those with equal names keep
    /// their order.
    ///
    /// The parameters of form bodies are sorted for the key only.
    public static let sortedQuery = URLMatching(sortsQuery: true, isNormalized: true)

    /// Normalized (RFC 3986 §6.2.2, §6.2.3), and the parameters keep their order.
    public static let normalized = URLMatching(sortsQuery: false, isNormalized: true)

    /// Path and query stay as they are written, octet by octet.
    ///
    /// A proxy needs this, because it must forward the target as it came.
    public static let verbatim = URLMatching(sortsQuery: false, isNormalized: false)
}
