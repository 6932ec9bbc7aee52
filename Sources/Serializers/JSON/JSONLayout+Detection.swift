import Foundation

extension JSONLayout {
    /// Finds the layout with which ``JSONText/laidOut(as:)`` gives back the text, or fails if it follows no rule, like a text
    /// that a person typed.
    ///
    /// It guesses the rule from the first whitespace of each kind, and applies it to check the whole text.
    package init?(of text: JSONText) {
        self.init(guessedFrom: text.utf8.span)
        guard isModest, (try? text.laidOut(as: self)) == text.utf8 else { return nil }
    }

    /// The ranges of the first gaps between tokens in arrays, or in objects.
    fileprivate struct Gaps {
        var opening: Range<Int>?
        var comma: Range<Int>?
        var empty: Range<Int>?
    }

    /// Guesses the layout of a text that has been checked.
    private init(guessedFrom text: Span<UInt8>) {
        self.init()
        var scanner = JSONScanner()
        scanner.skipWhitespace(in: text)
        leading = text.extracting(0..<scanner.offset).string

        var array = Gaps()
        var object = Gaps()
        var colon: Range<Int>?
        var lineBreak: Range<Int>?
        // Whether each open bracket is an array's.
        var open: [Bool] = []
        // The end of the last token that is not a comma or a colon.
        var end = 0
        while scanner.offset < text.count {
            let token = text[scanner.offset]
            switch token {
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                scanner.offset += 1
            case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"):
                scanner.offset += 1
                end = scanner.offset
            default:
                scanner.skipCheckedScalar(in: text)
                end = scanner.offset
            }
            scanner.skipWhitespace(in: text)
            let gap = end..<scanner.offset

            switch token {
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                let isArray = token == UInt8(ascii: "[")
                open.append(isArray)
                var gaps = isArray ? array : object
                if text[scanner.offset] == token + 2 {  // The closing bracket.
                    gaps.empty = gaps.empty ?? gap
                } else if gaps.opening == nil {
                    gaps.opening = gap
                    if lineBreak == nil, gap.contains(where: { text[$0] == UInt8(ascii: "\n") }) { lineBreak = gap }
                }
                if isArray { array = gaps } else { object = gaps }
            case UInt8(ascii: "]"), UInt8(ascii: "}"): open.removeLast()
            case UInt8(ascii: ":"): colon = colon ?? gap
            case UInt8(ascii: ",") where open.last == true: array.comma = array.comma ?? gap
            case UInt8(ascii: ","): object.comma = object.comma ?? gap
            default: break
            }
        }

        trailing = text.extracting(end..<text.count).string
        if let colon { self.colon = text.extracting(colon).string }
        if let lineBreak {
            let lineBreak = text.extracting(lineBreak).string.unicodeScalars
            newline = lineBreak.first == "\r" ? "\r\n" : "\n"
            indent = String(lineBreak.drop(while: \.isLineBreak))
        }
        self.array = Brackets(array, in: text)
        self.object = Brackets(object, in: text)
    }
}

extension JSONLayout.Brackets {
    fileprivate init(_ gaps: JSONLayout.Gaps, in text: Span<UInt8>) {
        self.init()
        let opening = gaps.opening.map { text.extracting($0).string } ?? ""
        isMultiline = opening.unicodeScalars.contains(where: \.isLineBreak)
        if !isMultiline { padding = opening }
        if let comma = gaps.comma.map({ text.extracting($0).string }) {
            // On several lines, the line break and the indentation are not part of the comma.
            self.comma = isMultiline ? String(comma.unicodeScalars.prefix { !$0.isLineBreak }) : comma
        }
        if let empty = gaps.empty { self.empty = text.extracting(empty).string }
    }
}

extension Unicode.Scalar {
    fileprivate var isLineBreak: Bool { self == "\n" || self == "\r" }
}
