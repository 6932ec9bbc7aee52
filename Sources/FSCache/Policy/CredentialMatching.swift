/// Whether requests with different credentials have separate responses.
public struct CredentialMatching: Sendable, Hashable {
    let isSeparate: Bool

    /// The digests of the credentials enter the key, so no user is ever given the response to another one.
    ///
    /// A request without credentials has responses of its own, too.
    public static let separate = CredentialMatching(isSeparate: true)

    /// The credentials don't enter the key: requests with any and with none share their responses.
    ///
    /// Choose it only if all requests come from one user, or for fixtures.
    public static let ignored = CredentialMatching(isSeparate: false)
}
