internal import Foundation

/// The tokens and keys that are known by their shape.
///
/// To add one, add a row here, and a sample to its tests.
struct TokenShapes: Sendable {
    let rule: SecretRule
    let shapes: [TokenShape]
    /// Whether text of one of the shapes is a secret indeed.
    let isSecret: @Sendable (ArraySlice<UInt8>) -> Bool

    private init(
        _ name: String,
        _ subject: String,
        _ shapes: [TokenShape.Piece]...,
        where isSecret: @escaping @Sendable (ArraySlice<UInt8>) -> Bool = { _ in true }
    ) {
        self.rule = SecretRule(name, subject)
        self.shapes = shapes.map { TokenShape(pieces: $0) }
        self.isSecret = isSecret
    }

    static let all = [
        TokenShapes(
            "aws-access-key-id",
            "an AWS access key id",
            ["AKIA", .upper(16)],
            ["ASIA", .upper(16)]
        ),
        TokenShapes(
            "github-token",
            "a GitHub token",
            ["ghp_", .letters(atLeast: 36)],
            ["gho_", .letters(atLeast: 36)],
            ["ghu_", .letters(atLeast: 36)],
            ["ghs_", .letters(atLeast: 36)],
            ["ghr_", .letters(atLeast: 36)],
            ["github_pat_", .letters(22), "_", .letters(59)]
        ),
        TokenShapes(
            "gitlab-token",
            "a GitLab token",
            ["glpat-", .base64URL(atLeast: 20)],
            ["gldt-", .base64URL(atLeast: 20)],
            ["glrt-", .base64URL(atLeast: 20)],
            ["glptt-", .base64URL(atLeast: 20)]
        ),
        TokenShapes(
            "slack-token",
            "a Slack token",
            ["xoxa-", .base64URL(atLeast: 16)],
            ["xoxb-", .base64URL(atLeast: 16)],
            ["xoxc-", .base64URL(atLeast: 16)],
            ["xoxd-", .base64URL(atLeast: 16)],
            ["xoxe-", .base64URL(atLeast: 16)],
            ["xoxp-", .base64URL(atLeast: 16)],
            ["xoxr-", .base64URL(atLeast: 16)],
            ["xoxs-", .base64URL(atLeast: 16)],
            ["xapp-", .base64URL(atLeast: 16)]
        ),
        TokenShapes(
            "slack-webhook",
            "the URL of a Slack webhook",
            ["hooks.slack.com/services/", .path(atLeast: 20)],
            ["hooks.slack.com/workflows/", .path(atLeast: 20)],
            ["hooks.slack.com/triggers/", .path(atLeast: 20)]
        ),
        TokenShapes(
            "stripe-key",
            "a live key of Stripe",
            ["sk_live_", .letters(atLeast: 16)],
            ["rk_live_", .letters(atLeast: 16)],
            ["whsec_", .letters(atLeast: 32)]
        ),
        TokenShapes(
            "google-api-key",
            "a Google API key",
            ["AIza", .base64URL(35)]
        ),
        TokenShapes(
            "google-oauth-secret",
            "a client secret of Google",
            ["GOCSPX-", .base64URL(28)]
        ),
        TokenShapes(
            "anthropic-key",
            "an Anthropic API key",
            ["sk-ant-", .base64URL(atLeast: 24)]
        ),
        TokenShapes(
            "openai-key",
            "an OpenAI API key",
            ["sk-", .letters(atLeast: 32)],
            ["sk-proj-", .base64URL(atLeast: 32)],
            ["sk-svcacct-", .base64URL(atLeast: 32)],
            ["sk-admin-", .base64URL(atLeast: 32)]
        ),
        TokenShapes(
            "npm-token",
            "an npm access token",
            ["npm_", .letters(36)]
        ),
        TokenShapes(
            "pypi-token",
            "a PyPI token",
            ["pypi-AgE", .base64URL(atLeast: 50)]
        ),
        TokenShapes(
            "sendgrid-key",
            "a SendGrid API key",
            ["SG.", .base64URL(22), ".", .base64URL(43)]
        ),
        TokenShapes(
            "twilio-key",
            "a Twilio API key",
            ["SK", .hex(32)]
        ),
        TokenShapes(
            "telegram-token",
            "the token of a Telegram bot",
            [.digits(8...10), ":AA", .base64URL(33)]
        ),
        TokenShapes(
            "hugging-face-token",
            "a Hugging Face token",
            ["hf_", .letters(34)]
        ),
        TokenShapes(
            "json-web-token",
            "a JSON Web Token",
            ["eyJ", .base64URL(atLeast: 8), ".", .base64URL(atLeast: 2), ".", .base64URL(atLeast: 8)],
            where: hasAlgorithm
        ),
        TokenShapes(
            "basic-credentials",
            "a user name and password in base64",
            ["Basic ", .base64(atLeast: 6)],
            ["basic ", .base64(atLeast: 6)],
            where: isUserAndPassword
        ),
        TokenShapes(
            "private-key",
            "a private key",
            ["-----BEGIN PRIVATE KEY-----"],
            ["-----BEGIN ENCRYPTED PRIVATE KEY-----"],
            ["-----BEGIN RSA PRIVATE KEY-----"],
            ["-----BEGIN EC PRIVATE KEY-----"],
            ["-----BEGIN DSA PRIVATE KEY-----"],
            ["-----BEGIN OPENSSH PRIVATE KEY-----"],
            ["-----BEGIN PGP PRIVATE KEY BLOCK-----"]
        ),
    ]

    /// Whether the first part of a JSON Web Token is a header (RFC 7515 §4.1.1).
    private static func hasAlgorithm(_ token: ArraySlice<UInt8>) -> Bool {
        let header = Base64.decoded(token.prefix { $0 != UInt8(ascii: ".") })
        let object = try? JSONSerialization.jsonObject(with: Data(header)) as? [String: Any]
        return object?["alg"] is String
    }

    /// Whether these are credentials of the scheme `Basic` (RFC 7617), with a password that isn't redacted.
    private static func isUserAndPassword(_ text: ArraySlice<UInt8>) -> Bool {
        hasBasicPassword(text) { pair, password in !Placeholder.isIn(pair, password) }
    }

    /// Whether these are credentials of the scheme `Basic`, with a redacted password.
    static func isRedactedBasic(_ text: ArraySlice<UInt8>) -> Bool {
        hasBasicPassword(text) { pair, password in Placeholder.isIn(pair, password) }
    }

    private static func hasBasicPassword(
        _ text: ArraySlice<UInt8>,
        where condition: ([UInt8], Range<Int>) -> Bool
    ) -> Bool {
        guard text.dropFirst().starts(with: "asic ".utf8) else { return false }
        let pair = Base64.decoded(text.dropFirst("Basic ".utf8.count))
        guard let colon = pair.firstIndex(of: UInt8(ascii: ":")), pair.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }),
            String(validating: pair, as: UTF8.self) != nil
        else { return false }
        return condition(pair, (colon + 1)..<pair.count)
    }
}
