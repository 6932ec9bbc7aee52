/// A kind of secret that the search for secrets reports.
package struct SecretRule: Sendable, Hashable {
    /// The name, as in findings, `--allow` and lists of allowed findings.
    package let name: String
    /// What was found, such as `a GitHub token`.
    package let subject: String
    /// What to do about it.
    package let remedy: String

    init(_ name: String, _ subject: String, _ remedy: String = SecretRule.revoke) {
        self.name = name
        self.subject = subject
        self.remedy = remedy
    }

    private static let revoke = "Replace it with REDACTED, and revoke it if anybody else has seen the file."
}

/// The rules that look at more than the shape of a token.
extension SecretRule {
    static let credentialField = SecretRule(
        "credential-field",
        "a credential in a header field",
        "Replace the value with REDACTED, or record with the default credentialParameters, which do."
    )
    static let credentialMember = SecretRule(
        "credential-member",
        "a member or parameter that is named like a credential",
        "Replace the value with REDACTED, or add its name to ignoredParameters before you record."
    )
    static let cookie = SecretRule(
        "cookie",
        "a cookie",
        "Replace the value with REDACTED, or record with redactsCookies."
    )
    static let urlPassword = SecretRule(
        "url-password",
        "a password in a URL",
        "Replace the password with REDACTED, or remove it."
    )
    static let awsSecretKey = SecretRule("aws-secret-access-key", "an AWS secret access key")
    static let email = SecretRule(
        "email-address",
        "an e-mail address",
        "Replace it with one at example.com."
    )
    static let environment = SecretRule(
        "environment-value",
        "the value of an environment variable",
        "Replace it with REDACTED or a placeholder such as {{NAME}}."
    )

    /// All rules, in the order of their documentation.
    package static let all =
        TokenShapes.all.map(\.rule) + [
            awsSecretKey, credentialField, credentialMember, cookie, urlPassword, email, environment,
        ]

    /// The rule of a name, or `nil` if there is none.
    package static func named(_ name: String) -> SecretRule? { all.first { $0.name == name } }
}
