internal import FSCache

/// What may stand in place of a secret.
enum Placeholder {
    /// Whether a value holds no secret: it is empty, `REDACTED`, masked by asterisks, a placeholder such as `{{NAME}}`, or
    /// one of the constants of JSON and YAML.
    static func isIn(_ text: [UInt8], _ value: Range<Int>) -> Bool {
        if value.isEmpty { return true }
        if text.has(redacted, at: value.lowerBound) {
            let next = value.lowerBound + redacted.count
            return next >= value.upperBound || !ASCIISet.names.contains(text[next])
        }
        if text[value].allSatisfy({ $0 == UInt8(ascii: "*") }) { return true }
        if isBraced(text, value) { return true }
        return value.count <= 5 && constants.contains(String(decoding: text[value], as: UTF8.self))
    }

    /// Whether a value begins with two opening braces, also as escapes in a URL.
    private static func isBraced(_ text: [UInt8], _ value: Range<Int>) -> Bool {
        text.has(Array("{{".utf8), at: value.lowerBound)
            || String(decoding: text[value].prefix(6), as: UTF8.self).uppercased() == "%7B%7B"
    }

    private static let redacted = Array(RequestMatching.redactedValue.utf8)
    private static let constants: Set<String> = ["null", "true", "false", "~"]
}
