/// A secret in a text.
package struct SecretMatch: Sendable, Hashable {
    package let rule: SecretRule
    /// The place in the text.
    package internal(set) var range: Range<Int>
    /// The first characters of the secret: four at most, and at most a quarter of it.
    package let prefix: String
    /// The length of the secret in octets, after escapes and base64 were decoded.
    package let length: Int

    init(_ rule: SecretRule, _ range: Range<Int>, of text: [UInt8]) {
        self.rule = rule
        self.range = range
        length = range.count
        let first = text[range.prefix(min(4, range.count / 4))]
        prefix = String(decoding: first.map { 0x21...0x7E ~= $0 ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}
