import Foundation

extension JSONLayout {
    /// Finds the layout of a text: one such that ``JSONText/laidOut(as:)`` gives its bytes back.
    ///
    /// It fails when no rule does, as with a text that a person has typed.
    ///
    /// The first whitespace of each kind makes the rule; that the rule gives the whole text back is then proved by applying it.
    ///
    /// - Parameter text: The text.
    package init?(of text: JSONText) {
        var detector = JSONLayoutDetector()
        self = detector.layout(of: text.utf8.span)
        guard isModest, (try? text.laidOut(as: self)) == text.utf8 else { return nil }
    }
}

/// Collects the first whitespace of each kind in a valid text.
private struct JSONLayoutDetector {
    private struct Brackets {
        var opening: String?
        var comma: String?
        var empty: String?
    }

    private var scanner = JSONScanner()
    private var array = Brackets()
    private var object = Brackets()
    private var colon: String?
    /// The whitespace behind the first opening bracket that a line break follows.
    private var firstBreak: String?

    mutating func layout(of text: Span<UInt8>) -> JSONLayout {
        var layout = JSONLayout()
        layout.leading = whitespace(in: text)
        value(in: text)
        layout.trailing = whitespace(in: text)
        layout.colon = colon ?? ":"
        if let firstBreak {
            layout.newline = firstBreak.utf8.first == UInt8(ascii: "\r") ? "\r\n" : "\n"
            layout.indent = String(firstBreak.unicodeScalars.drop { $0 == "\r" || $0 == "\n" })
        }
        layout.array = Self.brackets(array)
        layout.object = Self.brackets(object)
        return layout
    }

    private static func brackets(_ seen: Brackets) -> JSONLayout.Brackets {
        var brackets = JSONLayout.Brackets()
        let opening = seen.opening ?? ""
        brackets.isMultiline = opening.hasLineBreak
        if !brackets.isMultiline { brackets.padding = opening }
        brackets.comma = seen.comma ?? ","
        if brackets.isMultiline {
            // The line break and the indentation behind it are not the comma's.
            let scalars = brackets.comma.unicodeScalars
            brackets.comma = String(scalars.prefix { $0 != "\r" && $0 != "\n" })
        }
        brackets.empty = seen.empty ?? ""
        return brackets
    }

    private mutating func value(in text: Span<UInt8>) {
        switch text[scanner.offset] {
        case UInt8(ascii: "["):
            elements(until: UInt8(ascii: "]"), in: text, \.array)
        case UInt8(ascii: "{"):
            elements(until: UInt8(ascii: "}"), in: text, \.object)
        default:
            scanner.skipCheckedScalar(in: text)
        }
    }

    private mutating func elements(
        until bracket: UInt8,
        in text: Span<UInt8>,
        _ brackets: WritableKeyPath<JSONLayoutDetector, Brackets>
    ) {
        scanner.offset += 1
        let opening = skipWhitespace(in: text)
        if text[scanner.offset] == bracket {
            scanner.offset += 1
            if self[keyPath: brackets].empty == nil { self[keyPath: brackets].empty = text.string(opening) }
            return
        }
        if self[keyPath: brackets].opening == nil {
            let opening = text.string(opening)
            self[keyPath: brackets].opening = opening
            if firstBreak == nil, opening.hasLineBreak { firstBreak = opening }
        }
        while true {
            if bracket == UInt8(ascii: "}") { name(in: text) }
            value(in: text)
            let end = scanner.offset
            scanner.skipWhitespace(in: text)
            scanner.offset += 1
            if text[scanner.offset - 1] == bracket { return }
            scanner.skipWhitespace(in: text)
            if self[keyPath: brackets].comma == nil {
                self[keyPath: brackets].comma = text.string(end..<scanner.offset)
            }
        }
    }

    private mutating func name(in text: Span<UInt8>) {
        scanner.skipCheckedScalar(in: text)
        let start = scanner.offset
        scanner.skipWhitespace(in: text)
        scanner.offset += 1
        scanner.skipWhitespace(in: text)
        if colon == nil { colon = text.string(start..<scanner.offset) }
    }

    private mutating func skipWhitespace(in text: Span<UInt8>) -> Range<Int> {
        let start = scanner.offset
        scanner.skipWhitespace(in: text)
        return start..<scanner.offset
    }

    private mutating func whitespace(in text: Span<UInt8>) -> String {
        text.string(skipWhitespace(in: text))
    }
}

extension String {
    fileprivate var hasLineBreak: Bool { utf8.contains(UInt8(ascii: "\n")) }
}

extension Span<UInt8> {
    fileprivate func string(_ range: Range<Int>) -> String { extracting(range).string }
}
