#if YAML
/// How a string is written so that YAML 1.1 and 1.2 both read it as that very string.
///
/// A plain scalar is chosen only for what no reader could take for something else, which is more than the grammar asks for: whatever
/// begins with an indicator is quoted, and whatever looks like a number or a time in any notation, `127.0.0.1` and `1:20` included.
enum YAMLStringStyle {
    case plain
    case singleQuoted
    case doubleQuoted
    case literal(YAMLLiteralHeader)

    /// Chooses a style.
    ///
    /// - Parameters:
    ///   - text: The string.
    ///   - utf8: The same string's UTF-8.
    ///   - allowsBlock: Whether a literal block may stand here: not for keys.
    init(_ text: String, utf8: Span<UInt8>, allowsBlock: Bool) {
        let traits = Traits(utf8)
        if traits.needsEscapes {
            self = .doubleQuoted
        } else if traits.hasBreaks {
            self = allowsBlock ? YAMLLiteralHeader(utf8).map(Self.literal) ?? .doubleQuoted : .doubleQuoted
        } else if traits.hasTabs {
            self = .doubleQuoted
        } else if !traits.endsPlain && Self.isUnmistakable(text) {
            self = .plain
        } else {
            self = traits.hasApostrophes && !traits.hasQuotesOrBackslashes ? .doubleQuoted : .singleQuoted
        }
    }

    /// Whether a line of printable text that is not quoted is a string to readers of every YAML version.
    private static func isUnmistakable(_ text: String) -> Bool {
        let utf8 = text.utf8
        guard let first = utf8.first, let last = utf8.last else { return false }
        if first == UInt8(ascii: " ") || last == UInt8(ascii: " ") || last == UInt8(ascii: ":") { return false }
        if indicators.contains(first) { return false }
        if first.isDigit || first == UInt8(ascii: "+") || first == UInt8(ascii: ".") {
            if utf8.allSatisfy(numeric.contains) || utf8.starts(with: "...".utf8) { return false }
        }
        return utf8.count > 5 || !reservedWords.contains(text.lowercased())
    }

    /// What a plain scalar does not begin with.
    private static let indicators = Set("-?:,[]{}#&*!|>'\"%@`".utf8)

    /// Everything that numbers and times of YAML 1.1 and 1.2 are made of.
    private static let numeric = Set("0123456789abcdefABCDEFoOxX+-._: tTzZ".utf8)

    /// What YAML 1.1 or 1.2 resolves to something else than a string, or gives a meaning as a key, in lower case.
    private static let reservedWords: Set<String> = [
        "null", "true", "false", "yes", "no", "y", "n", "on", "off", ".inf", "+.inf", ".nan", "~", "=", "<<",
    ]

    /// What the choice depends on, found in one pass.
    private struct Traits {
        /// Characters that only double quotes can hold.
        var needsEscapes = false
        /// Line feeds.
        var hasBreaks = false
        var hasTabs = false
        /// `: ` or ` #`, which end a plain scalar.
        var endsPlain = false
        var hasApostrophes = false
        var hasQuotesOrBackslashes = false

        init(_ text: Span<UInt8>) {
            var previous: UInt8 = 0
            for index in text.indices {
                let byte = text[index]
                switch byte {
                case UInt8(ascii: "\n"): hasBreaks = true
                case UInt8(ascii: "\t"): hasTabs = true
                case UInt8(ascii: "'"): hasApostrophes = true
                case UInt8(ascii: "\""), UInt8(ascii: "\\"): hasQuotesOrBackslashes = true
                case UInt8(ascii: " "): endsPlain = endsPlain || previous == UInt8(ascii: ":")
                case UInt8(ascii: "#"): endsPlain = endsPlain || previous == UInt8(ascii: " ")
                default: needsEscapes = needsEscapes || YAMLEscape(in: text, at: index) != nil
                }
                previous = byte
            }
        }
    }
}
#endif
