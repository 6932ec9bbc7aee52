internal import FSCache

/// The names of members, parameters and header fields whose values are examined.
struct CredentialNames: Sendable {
    enum Kind: Sendable {
        /// A header field that holds a credential, after an authentication scheme or alone.
        case field
        /// A member or parameter.
        case member
        case awsSecretKey
        case cookie
        case setCookie
        /// The body of an entry, in base64.
        case base64
    }

    private let kinds: [[UInt8]: Kind]
    /// One bit for each remainder of a digest, which decides most lookups.
    private let filter: [Bool]

    init() {
        var kinds: [[UInt8]: Kind] = [:]
        func add(_ names: [String], _ kind: Kind) {
            for name in names { kinds[Self.normalized(Array(name.utf8)[...])] = kind }
        }
        add(Self.members, .member)
        add(CacheSettings.defaultCredentialParameters.filter { $0.contains("-") || $0.hasSuffix("ization") }, .field)
        add(Self.fields, .field)
        add(["aws_secret_access_key", "secret_access_key"], .awsSecretKey)
        add(["Cookie", "Cookie2"], .cookie)
        add(["Set-Cookie", "Set-Cookie2"], .setCookie)
        add(["base64"], .base64)
        var filter = [Bool](repeating: false, count: Self.filterSize)
        for name in kinds.keys { filter[Self.digest(name[...])] = true }
        (self.kinds, self.filter) = (kinds, filter)
    }

    /// The kind of a name, without regard to case, hyphens and underscores; `nil` for any other name.
    func kind(of name: ArraySlice<UInt8>) -> Kind? {
        guard filter[Self.digest(name)] else { return nil }
        return kinds[Self.normalized(name)]
    }

    private static let filterSize = 4096

    private static func digest(_ name: ArraySlice<UInt8>) -> Int {
        var digest: UInt32 = 2_166_136_261
        for octet in name where octet != UInt8(ascii: "-") && octet != UInt8(ascii: "_") {
            digest = (digest ^ UInt32(octet | 0x20)) &* 16_777_619
        }
        return Int((digest ^ digest >> 12) & UInt32(filterSize - 1))
    }

    private static func normalized(_ name: ArraySlice<UInt8>) -> [UInt8] {
        name.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "_") }.map { $0 | 0x20 }
    }

    private static let fields = [
        "X-CSRF-Token", "X-XSRF-Token", "X-Vault-Token", "X-Shopify-Access-Token", "X-GitHub-Token",
    ]

    /// Names of members and parameters, also in camel case and with hyphens.
    private static let members = [
        "password", "passwd", "pwd", "passphrase", "pass_phrase", "db_password", "user_password", "new_password",
        "old_password", "current_password", "password_confirmation",
        "secret", "client_secret", "app_secret", "api_secret", "consumer_secret", "secret_key", "shared_secret",
        "signing_secret", "webhook_secret", "signing_key", "private_key", "encryption_key",
        "api_key", "api_token", "app_key", "access_key", "subscription_key",
        "access_token", "refresh_token", "id_token", "auth_token", "session_token", "bearer_token", "oauth_token",
        "oauth_token_secret", "access_token_secret", "token_secret", "personal_access_token", "private_token",
        "client_assertion", "code_verifier", "session_secret", "connection_string",
    ]
}
