#if YAML
/// The style of a string that both YAML 1.1 and 1.2 read as that string.
///
/// Plain scalars are only for text that no reader could misread. This is stricter than the grammar: text is quoted if
/// it begins with an indicator or looks like a number or a time in any notation, such as `127.0.0.1` and `1:20`.
enum YAMLStringStyle {
    case plain
    case singleQuoted
    case doubleQuoted
    case literal(YAMLLiteralHeader)

    /// Chooses a style.
    ///
    /// - Parameters:
    ///   - text: The string.
    ///   - utf8: The UTF-8 of the string.
    ///   - allowsBlock: Whether a literal block is allowed here: not for keys.
    init(_ text: String, utf8: Span<UInt8>, allowsBlock: Bool) {
        let traits = Traits(utf8)
        if traits.needsEscapes {
            self = .doubleQuoted
        } else if traits.hasBreaks {
            self = allowsBlock ? YAMLLiteralHeader(utf8).map(Self.literal) ?? .doubleQuoted : .doubleQuoted
        } else if traits.hasTabs {
            self = .doubleQuoted
        } else if !traits.endsPlain && !utf8.hasBlank(before: utf8.count) && Self.isUnmistakable(text) {
            self = .plain
        } else {
            self = traits.hasApostrophes && !traits.hasQuotesOrBackslashes ? .doubleQuoted : .singleQuoted
        }
    }

    /// Whether readers of every YAML version read this line of printable text as a string without quotes.
    private static func isUnmistakable(_ text: String) -> Bool {
        let utf8 = text.utf8
        guard let first = utf8.first, let last = utf8.last else { return false }
        if first == UInt8(ascii: " ") || last == UInt8(ascii: ":") { return false }
        if indicators.contains(first) { return false }
        if first.isDigit || first == UInt8(ascii: "+") || first == UInt8(ascii: ".") {
            if utf8.allSatisfy(numeric.contains) || utf8.starts(with: "...".utf8) { return false }
        }
        return utf8.count > 5 || !reservedWords.contains(text.lowercased())
    }

    /// The bytes that a plain scalar can't begin with.
    private static let indicators = Set("-?:,[]{}#&*!|>'\"%@`".utf8)

    /// All characters of numbers and times in YAML 1.1 and 1.2.
    private static let numeric = Set("0123456789abcdefABCDEFoOxX+-._: tTzZ".utf8)

    /// Words, in lower case, that YAML 1.1 or 1.2 does not resolve to strings, or that have a meaning as keys.
    private static let reservedWords: Set<String> = [
        "null", "true", "false", "yes", "no", "y", "n", "on", "off", ".inf", "+.inf", ".nan", "~", "=", "<<",
    ]

    /// The properties that decide the style, found in one pass.
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

/// The first line of a literal block: `|`, an indentation indicator and a chomping indicator.
struct YAMLLiteralHeader {
    /// Whether the text begins with whitespace, so the indentation must be given.
    let needsIndentation: Bool
    /// `-` if the last line has no line feed, and nothing otherwise.
    let chomping: String

    /// Chooses the header for multi-line text, or fails if an editor could change a block: if the text ends in empty
    /// lines, or a line ends in a blank.
    init?(_ text: Span<UInt8>) {
        let newline = UInt8(ascii: "\n")
        for index in text.indices where text[index] == newline {
            guard !text.hasBlank(before: index) else { return nil }
        }
        guard !text.hasBlank(before: text.count) else { return nil }
        needsIndentation = text[0].isBlank || text[0] == newline
        let isTerminated = text[text.count - 1] == newline
        guard !isTerminated || text.count > 1 && text[text.count - 2] != newline else { return nil }
        chomping = isTerminated ? "" : "-"
    }
}

extension Span<UInt8> {
    /// Whether the UTF-8 up to an index ends in white space of Unicode, other than line breaks.
    fileprivate func hasBlank(before end: Int) -> Bool {
        func byte(_ distance: Int) -> UInt8 { end >= distance ? self[end - distance] : 0 }
        if byte(1) < 0x80 { return byte(1).isBlank }
        return switch (byte(3), byte(2), byte(1)) {
        case (_, 0xC2, 0xA0), (0xE1, 0x9A, 0x80), (0xE3, 0x80, 0x80), (0xE2, 0x81, 0x9F): true
        case (0xE2, 0x80, 0x80...0x8A), (0xE2, 0x80, 0xAF): true
        default: false
        }
    }
}

/// A character that YAML text can't contain, or that readers would mistake for a line break or a byte order mark.
struct YAMLEscape: Equatable {
    /// The character's length in UTF-8.
    let width: Int
    /// The escape sequence for it in double quotes.
    let text: String

    /// Makes an escape for the character that begins at an index, or fails if it needs none, or inside a character.
    ///
    /// The caller handles tabs and line feeds.
    init?(in text: Span<UInt8>, at index: Int) {
        let byte = text[index]
        func next(_ distance: Int) -> UInt8 { index + distance < text.count ? text[index + distance] : 0 }
        switch byte {
        case UInt8(ascii: "\r"):
            self.init(width: 1, text: "\\r")
        case 0x00...0x08, 0x0B...0x1F, 0x7F:
            self.init(width: 1, text: "\\x" + String(hexadecimal: [byte], uppercase: true))
        case 0xC2 where next(1) < 0xA0:
            self.init(width: 2, text: "\\x" + String(hexadecimal: [next(1)], uppercase: true))
        case 0xE2 where next(1) == 0x80 && (next(2) == 0xA8 || next(2) == 0xA9):
            self.init(width: 3, text: next(2) == 0xA8 ? "\\u2028" : "\\u2029")
        case 0xEF where next(1) == 0xBB && next(2) == 0xBF:
            self.init(width: 3, text: "\\uFEFF")
        case 0xEF where next(1) == 0xBF && next(2) >= 0xBE:
            self.init(width: 3, text: next(2) == 0xBE ? "\\uFFFE" : "\\uFFFF")
        default:
            return nil
        }
    }

    private init(width: Int, text: String) {
        self.width = width
        self.text = text
    }
}
#endif
