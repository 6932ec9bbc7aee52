#if YAML
/// The first line of a literal block: `|`, an indentation indicator and a chomping indicator.
struct YAMLLiteralHeader {
    /// Whether the text begins with white space, so that a reader can't tell the indentation from the first line.
    let needsIndentation: Bool
    /// `-` when the last line has no end, `+` when empty lines follow it, and nothing otherwise.
    let chomping: String

    /// Chooses the header for a text of several lines, or fails when a block could not hold it beyond doubt: when its last line has
    /// only white space and no end, or there is nothing but white space in it.
    init?(_ text: Span<UInt8>) {
        let newline = UInt8(ascii: "\n")
        var lastLineIsBlank = true
        var isBlank = true
        for index in text.indices {
            let byte = text[index]
            if byte == newline {
                lastLineIsBlank = true
            } else if !byte.isBlank {
                lastLineIsBlank = false
                isBlank = false
            }
        }
        guard !isBlank else { return nil }
        needsIndentation = text[0].isBlank || text[0] == newline
        if text[text.count - 1] == newline {
            chomping = text[text.count - 2] == newline ? "+" : ""
        } else {
            guard !lastLineIsBlank else { return nil }
            chomping = "-"
        }
    }
}
#endif
