#if YAML
/// A character that YAML text can't hold as it is, or that readers would take for a line break or a byte order mark.
struct YAMLEscape: Equatable {
    /// The character's length in UTF-8.
    let width: Int
    /// The escape sequence for it in double quotes.
    let text: String

    /// Looks at the character that begins at an index: fails for all that may stand for itself, and inside of a character.
    ///
    /// Tabs and line feeds are for the caller to decide.
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
