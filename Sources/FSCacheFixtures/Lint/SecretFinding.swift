/// A secret in a file.
package struct SecretFinding: Sendable {
    /// The path of the file, as it was reached from the path that was searched.
    package let path: String
    /// The line, from 1.
    package let line: Int
    /// The column in octets, from 1.
    package let column: Int
    /// The secret; its place is an offset in the file.
    package let match: SecretMatch

    /// The finding as one line, which shows no more than the beginning of the secret.
    package var description: String {
        let rule = match.rule
        let length = match.length == 1 ? "1 octet" : "\(match.length) octets"
        return "\(path):\(line):\(column): \(rule.name): \(rule.subject), '\(match.prefix)…' "
            + "(\(length)). \(rule.remedy)"
    }
}
