import Foundation
import Testing

@testable import FSCacheFixtures

@Suite("Secrets in text")
struct SecretScannerTests {
    private let scanner: SecretScanner

    init() throws {
        let environment = try #require(EnvironmentSecret(SecretSample.environmentValue))
        scanner = SecretScanner(findsEmails: true, environment: [environment])
    }

    private func matches(_ text: String) -> [SecretMatch] { scanner.matches(in: Array(text.utf8)) }

    @Test("A secret is found where it is, and only once", arguments: SecretSample.all)
    func found(sample: SecretSample) {
        let found = matches(sample.text)
        #expect(found.map(\.rule.name) == [sample.rule])
        let start = sample.before.utf8.count
        #expect(found.first?.range == start..<(start + sample.secret.utf8.count))
        #expect(found.first?.length == sample.secret.utf8.count)
    }

    @Test("Text that nearly has a secret is not reported", arguments: SecretSample.all)
    func nearMiss(sample: SecretSample) {
        #expect(matches(sample.nearMiss).map(\.rule.name) == [])
    }

    @Test("Each rule has a sample")
    func allRules() {
        #expect(Set(SecretSample.all.map(\.rule)) == Set(SecretRule.all.map(\.name)))
        #expect(Set(SecretRule.all.map(\.name)).count == SecretRule.all.count)
    }

    @Test("A token that is part of a word is not reported", arguments: SecretSample.tokens)
    func withinWord(sample: SecretSample) {
        #expect(matches("a" + sample.secret).isEmpty)
    }

    /// A way to write text in a file.
    enum Spelling: CaseIterable {
        case json, jsonInJSON, unicodeEscapes, percentEncoded, percentEncodedInJSON, base64, base64Block, base64OfJSON

        func callAsFunction(_ text: String) throws -> String {
            switch self {
            case .json: try "{\"text\": \(Self.quoted(text))}"
            case .jsonInJSON: try "{\"text\": \(Self.quoted(Self.quoted(text)))}"
            case .unicodeEscapes: "\"" + text.utf16.map { String(format: "\\u%04x", $0) }.joined() + "\""
            case .percentEncoded: Self.escaped(text)
            case .percentEncodedInJSON: try Self.quoted("https://a.example/?q=" + Self.escaped("\n" + text))
            case .base64: "{\"base64\": \"\(Self.inBase64(text))\"}"
            case .base64Block:
                "body:\n  base64: !!binary |\n" + Self.lines(Self.inBase64(text)) + "expires: never\n"
            case .base64OfJSON: try "{\"base64\": \"\(Self.inBase64(Self.quoted(text)))\"}"
            }
        }

        private static func quoted(_ text: String) throws -> String {
            try String(decoding: JSONEncoder().encode(text), as: UTF8.self)
        }

        private static func escaped(_ text: String) -> String {
            text.utf8.map { octet in
                let digits = String(octet, radix: 16, uppercase: true)
                return "aA0zZ9_".utf8.contains(octet)
                    ? String(decoding: [octet], as: UTF8.self)
                    : "%" + (digits.count < 2 ? "0" : "") + digits
            }
            .joined()
        }

        private static func inBase64(_ text: String) -> String { Data(("\n" + text).utf8).base64EncodedString() }

        private static func lines(_ text: String) -> String {
            stride(from: 0, to: text.count, by: 20)
                .map { "    " + text.dropFirst($0).prefix(20) + "\n" }
                .joined()
        }
    }

    @Test("Escapes and base64 are decoded", arguments: SecretSample.all, Spelling.allCases)
    func spelled(sample: SecretSample, spelling: Spelling) throws {
        let text = try spelling(sample.text)
        #expect(matches(text).map(\.rule.name) == [sample.rule], "\(text)")
        #expect(try matches(spelling(sample.nearMiss)).map(\.rule.name) == [])
    }

    @Test("The place of a secret in escaped text is that of its first escape")
    func placeInEscapes() throws {
        let secret = "gh" + "p_" + String(repeating: "a1", count: 18)
        let text = #""\n\u0020%0A\u0067"# + secret.dropFirst() + #"%22""#
        let found = try #require(matches(text).first)
        let octets = Array(text.utf8)
        #expect(String(decoding: octets[found.range], as: UTF8.self) == #"\u0067"# + secret.dropFirst())
        #expect(found.prefix == "gh" + "p_")
        #expect(found.length == 40)
    }

    @Test("The place of a secret in base64 is that of its digits", arguments: 0..<7)
    func placeInBase64(shift: Int) throws {
        let secret = "gh" + "p_" + String(repeating: "a1", count: 18)
        let before = String(repeating: " ", count: shift)
        let base64 = Data((before + secret + " and more").utf8).base64EncodedString()
        let text = "base64: \(base64)\n"
        let found = try #require(matches(text).first)
        let start = "base64: ".utf8.count
        #expect(found.range == (start + shift * 4 / 3)..<(start + ((shift + 40) * 4 + 2) / 3))
    }

    @Test(
        "A value that was replaced is not reported",
        arguments: ["REDACTED", "REDACTED: 3 bytes", "{{TOKEN}}", "%7B%7BTOKEN%7D%7D", "****", "", "null", "false"]
    )
    func redacted(value: String) {
        let names = [
            "pass" + "word", "api" + "_key", "Author" + "ization", "Private-" + "Token", "aws_secret_" + "access_key",
        ]
        for name in names {
            #expect(matches("\(name): \(value)\n").isEmpty, "\(name)")
            #expect(matches("{\"\(name)\": \"\(value)\", \"next\": 1}").isEmpty, "\(name)")
            #expect(matches("https://a.example/?\(name)=\(value)&x=1").isEmpty, "\(name)")
            #expect(
                matches("{\"\(name)\": \"\(value)x\"}").isEmpty
                    == (value.hasPrefix("{{") || value.hasPrefix("%7B") || value.contains(":"))
            )
        }
    }

    @Test("A name counts in any case, with hyphens, underscores or neither")
    func namesOfMembers() {
        for name in [
            "access_" + "token", "access-" + "token", "access" + "Token", "ACCESS_" + "TOKEN", "Access" + "token",
        ] {
            #expect(matches("{\"\(name)\": \"abc\"}").map(\.rule.name) == ["credential-member"], "\(name)")
        }
        for name in ["access_" + "tokens", "access_token_" + "type", "token", "tokens", "passwords_" + "count"] {
            #expect(matches("{\"\(name)\": \"abc\"}").isEmpty, "\(name)")
        }
    }

    @Test("A rule that is allowed hides nothing but its own findings")
    func allowed() throws {
        let token = "gh" + "p_" + String(repeating: "a1", count: 18)
        let text = Array(("Author" + "ization: Bearer \(token)\n").utf8)
        let field = try #require(SecretRule.named("credential-field"))
        let github = try #require(SecretRule.named("github-token"))
        #expect(SecretScanner(allowed: [field]).matches(in: text).map(\.rule) == [github])
        #expect(SecretScanner(allowed: [github]).matches(in: text).map(\.rule) == [field])
        #expect(SecretScanner(allowed: [github, field]).matches(in: text).isEmpty)
        #expect(SecretScanner().matches(in: text).count == 1)
    }

    @Test("E-mail addresses are found only on request")
    func emails() {
        #expect(SecretScanner().matches(in: Array(("jane@" + "fscache.dev").utf8)).isEmpty)
    }

    @Test("A value of the environment is found in base64, whatever stands before it", arguments: 0..<6)
    func environmentInBase64(shift: Int) {
        let text = String(repeating: "u", count: shift) + SecretSample.environmentValue + "é?>"
        let base64 = Data(text.utf8).base64EncodedString()
        #expect(matches("x \(base64) y").map(\.rule.name) == ["environment-value"])
        let forURLs = base64.replacing("+", with: "-").replacing("/", with: "_")
        #expect(matches("x \(forURLs) y").map(\.rule.name) == ["environment-value"])
    }

    @Test("A value of the environment is found in a form")
    func environmentInForm() {
        let value = SecretSample.environmentValue.replacing(" ", with: "+").replacing("/", with: "%2f")
        #expect(matches("q=\(value)&x=1").map(\.rule.name) == ["environment-value"])
    }

    @Test("Values that occur by chance are refused", arguments: ["", "a", "12345", "éé"])
    func shortEnvironment(value: String) {
        #expect(EnvironmentSecret(value) == nil)
    }

    @Test("Truncated and damaged text is read to its end", arguments: SecretSample.all)
    func truncated(sample: SecretSample) throws {
        for spelling in [sample.text] + (try Spelling.allCases.map { try $0(sample.text) }) {
            let octets = Array(spelling.utf8)
            for end in octets.indices { _ = scanner.matches(in: Array(octets[..<end])) }
            for start in octets.indices {
                let found = scanner.matches(in: Array(octets[start...]))
                #expect(found.allSatisfy { $0.range.lowerBound >= 0 && $0.range.upperBound <= octets.count - start })
            }
        }
    }
}
