import Foundation
import Testing

@testable import FSCacheFixtures

/// Text with a secret, and text that nearly has one.
///
/// Secrets are joined from pieces, so that no scanner finds them in this file.
struct SecretSample: Sendable, CustomTestStringConvertible {
    let rule: String
    /// The text before the secret.
    let before: String
    let secret: String
    let after: String
    /// The whole text that must not be reported.
    let nearMiss: String

    var text: String { before + secret + after }
    var testDescription: String { "\(rule): \(before)" }

    init(_ rule: String, _ before: String = "", _ secret: String, after: String = "", nearMiss: String) {
        self.rule = rule
        self.before = before
        self.secret = secret
        self.after = after
        self.nearMiss = nearMiss
    }

    /// The secret alone, against the same text with a shorter secret.
    private static func token(_ rule: String, _ pieces: String...) -> SecretSample {
        let secret = pieces.joined()
        return SecretSample(rule, "value=", secret, after: "\n", nearMiss: "value=\(secret.dropLast())\n")
    }

    private static func mixed(_ count: Int) -> String {
        String((0..<count).map { Array("aB3cD5eF7gH9")[$0 % 12] })
    }

    private static func upper(_ count: Int) -> String { mixed(count).uppercased() }
    private static func hex(_ count: Int) -> String { String((0..<count).map { Array("0a1b2c3d")[$0 % 8] }) }
    private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    private static func webToken(header: String) -> String {
        [header, #"{"sub":"1"}"#, "signature-of-it"]
            .map { base64($0).replacing("=", with: "").replacing("+", with: "-").replacing("/", with: "_") }
            .joined(separator: ".")
    }

    private static let password = "pass" + "word"

    /// What an environment variable holds in these tests.
    static let environmentValue = "correct horse/battery?"

    static let tokens = [
        token("aws-access-key-id", "AK", "IA", upper(16)),
        token("aws-access-key-id", "AS", "IA", upper(16)),
        token("github-token", "gh", "p_", mixed(36)),
        token("github-token", "github", "_pat_", mixed(22), "_", mixed(59)),
        token("gitlab-token", "gl", "pat-", mixed(20)),
        token("slack-token", "xo", "xb-", mixed(16)),
        SecretSample(
            "slack-webhook",
            "https://",
            "hooks.slack" + ".com/services/T0/B0/" + mixed(20),
            after: "\"",
            nearMiss: "https://hooks.slack" + ".com/services/"
        ),
        token("stripe-key", "sk_", "live_", mixed(16)),
        SecretSample(
            "stripe-key",
            "k=",
            "rk_" + "live_" + mixed(24),
            after: "&",
            nearMiss: "k=rk_" + "test_" + mixed(24)
        ),
        token("google-api-key", "AI", "za", mixed(35)),
        token("google-oauth-secret", "GOC", "SPX-", mixed(28)),
        token("anthropic-key", "sk-", "ant-", mixed(24)),
        token("openai-key", "sk-", mixed(32)),
        token("openai-key", "sk-", "proj-", mixed(32)),
        token("npm-token", "np", "m_", mixed(36)),
        token("pypi-token", "py", "pi-AgE", mixed(50)),
        token("sendgrid-key", "SG", ".", mixed(22), ".", mixed(43)),
        token("twilio-key", "S", "K", hex(32)),
        token("telegram-token", "123456789", ":AA", mixed(33)),
        token("hugging-face-token", "h", "f_", mixed(34)),
        SecretSample(
            "json-web-token",
            "<",
            webToken(header: #"{"alg":"HS256","typ":"JWT"}"#),
            after: ">",
            nearMiss: "<\(webToken(header: #"{"typ":"alg"}"#))>"
        ),
        SecretSample(
            "basic-credentials",
            "curl sent ",
            "Basic " + base64("user:hunter22"),
            nearMiss: "curl sent Basic \(base64("user:REDACTED")), Basic \(base64("no pair")) and Basic information"
        ),
        SecretSample(
            "private-key",
            "",
            "-----BEGIN RSA PRIV" + "ATE KEY-----",
            after: "\nMIIE",
            nearMiss: "-----BEGIN RSA PUBLIC KEY-----"
        ),
    ]

    static let members = [
        SecretSample(
            "aws-secret-access-key",
            "aws_secret_" + "access_key = ",
            mixed(40),
            after: "\n",
            nearMiss: "aws_secret_" + "access_key = REDACTED"
        ),
        SecretSample(
            "aws-secret-access-key",
            "<SecretAccess" + "Key>",
            mixed(40),
            after: "</",
            nearMiss: "<SecretAccess" + "Key></"
        ),
        SecretSample(
            "credential-field",
            "  - Author" + "ization: Bearer ",
            "abcdef",
            after: "\n",
            nearMiss: "  - Author" + "ization: Bearer REDACTED\n"
        ),
        SecretSample(
            "credential-field",
            "{\"X-API-" + "Key\": \"",
            "abcdef",
            after: "\"}",
            nearMiss: "Vary: X-API-" + "Key, Accept\n"
        ),
        SecretSample(
            "credential-field",
            "Proxy-Author" + "ization: ",
            "abcdef",
            after: "\r\n",
            nearMiss: "Proxy-Authen" + "ticate: Basic realm=\"x\"\r\n"
        ),
        SecretSample(
            "credential-member",
            "{\"\(password)\":\"",
            "hunter22",
            after: "\"}",
            nearMiss: "{\"\(password)\":{\"minimum\":8}}"
        ),
        SecretSample(
            "credential-member",
            "user=a&\(password)=",
            "hunter22",
            after: "&x=1",
            nearMiss: "user=a&\(password)=&x=1"
        ),
        SecretSample(
            "credential-member",
            "https://a.example/?client" + "Secret=",
            "hunter22",
            after: " ",
            nearMiss: "https://a.example/?client" + "Secret={{SECRET}} "
        ),
        SecretSample(
            "credential-member",
            "refresh_" + "token: '",
            "it''s",
            after: "'\n",
            nearMiss: "refresh_" + "token: null\n"
        ),
        SecretSample(
            "credential-member",
            "user[\(password)]=",
            "hunter22",
            nearMiss: "this.\(password)=event.target.value"
        ),
        SecretSample(
            "credential-member",
            "\(password): |\n  ",
            "hunter22",
            after: "\n",
            nearMiss: "Enter your new \(password): it has eight characters"
        ),
        SecretSample(
            "cookie",
            "  - Set-" + "Cookie: id=",
            "abcdef",
            after: "; Path=/\n",
            nearMiss: "  - Set-" + "Cookie: id=; Path=/\n  - Set-" + "Cookie: REDACTED\n"
        ),
        SecretSample(
            "cookie",
            "{\"Coo" + "kie\": \"a=REDACTED; b=",
            "abcdef",
            after: "; c=1\"}",
            nearMiss: "{\"Coo" + "kie\": \"a=REDACTED; b=REDACTED\"}"
        ),
        SecretSample(
            "url-password",
            "https://user:",
            "hunter22",
            after: "@a.example/",
            nearMiss: "https://a.example:8080/@a https://user@a.example/ https://user:REDACTED@a.example/"
        ),
        SecretSample(
            "email-address",
            "by ",
            "jane.doe@" + "fscache.dev",
            after: ".",
            nearMiss: "jane.doe@" + "mail.example.com, jane@" + "a.test, me@" + "localhost and @" + "a.dev"
        ),
        SecretSample(
            "environment-value",
            "x",
            environmentValue,
            after: "y",
            nearMiss: "x\(environmentValue.dropLast())y"
        ),
    ]

    static let all = tokens + members
}
