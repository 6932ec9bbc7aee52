import Foundation

extension JSONLayout {
    /// Finds the layout with which ``JSONText/laidOut(as:)`` reproduces the text, or fails if it follows no rule, like
    /// text typed by a person.
    ///
    /// It guesses the rule from the first whitespace of each kind, and applies it to check the whole text.
    package init?(of text: JSONText) {
        var detector = JSONLayoutDetector()
        self = detector.layout(of: text.utf8.span)
        guard isModest, (try? text.laidOut(as: self)) == text.utf8 else { return nil }
    }
}

/// Collects the first whitespace of each kind in a text that has been checked.
struct JSONLayoutDetector {
    /// The ranges of the first whitespace of each kind in arrays, or in objects.
    private struct Brackets {
        var opening: Range<Int>?
        var comma: Range<Int>?
        var empty: Range<Int>?
    }

    private var scanner = JSONScanner()
    private var array = Brackets()
    private var object = Brackets()
    private var colon: Range<Int>?
    /// The whitespace after the first opening bracket at the end of a line.
    private var firstBreak: Range<Int>?

    /// Guesses the layout of a text from its start.
    ///
    /// - Returns: A layout that is right for the first whitespace of each kind; later whitespace may differ.
    mutating func layout(of text: Span<UInt8>) -> JSONLayout {
        var layout = JSONLayout()
        layout.leading = text.extracting(skipWhitespace(in: text)).string
        skipValue(in: text)
        layout.trailing = text.extracting(skipWhitespace(in: text)).string
        if let colon { layout.colon = text.extracting(colon).string }
        if let firstBreak {
            let lineBreak = text.extracting(firstBreak).string.unicodeScalars
            layout.newline = lineBreak.first == "\r" ? "\r\n" : "\n"
            layout.indent = String(lineBreak.drop(while: \.isLineBreak))
        }
        layout.array = brackets(array, in: text)
        layout.object = brackets(object, in: text)
        return layout
    }

    private func brackets(_ seen: Brackets, in text: Span<UInt8>) -> JSONLayout.Brackets {
        var brackets = JSONLayout.Brackets()
        let opening = seen.opening.map { text.extracting($0).string } ?? ""
        brackets.isMultiline = opening.unicodeScalars.contains(where: \.isLineBreak)
        if !brackets.isMultiline { brackets.padding = opening }
        if let comma = seen.comma.map({ text.extracting($0).string }) {
            // On several lines, the line break and the indentation are not part of the comma.
            brackets.comma =
                brackets.isMultiline ? String(comma.unicodeScalars.prefix { !$0.isLineBreak }) : comma
        }
        if let empty = seen.empty { brackets.empty = text.extracting(empty).string }
        return brackets
    }

    private mutating func skipValue(in text: Span<UInt8>) {
        switch text[scanner.offset] {
        case UInt8(ascii: "["): skipArray(in: text)
        case UInt8(ascii: "{"): skipObject(in: text)
        default: scanner.skipCheckedScalar(in: text)
        }
    }

    private mutating func skipArray(in text: Span<UInt8>) {
        let opening = skipOpening(in: text)
        guard !skip(UInt8(ascii: "]"), in: text) else {
            if array.empty == nil { array.empty = opening }
            return
        }
        if array.opening == nil { array.opening = see(opening, in: text) }
        repeat {
            skipValue(in: text)
        } while skipComma(orClosing: UInt8(ascii: "]"), isInArray: true, in: text)
    }

    private mutating func skipObject(in text: Span<UInt8>) {
        let opening = skipOpening(in: text)
        guard !skip(UInt8(ascii: "}"), in: text) else {
            if object.empty == nil { object.empty = opening }
            return
        }
        if object.opening == nil { object.opening = see(opening, in: text) }
        repeat {
            scanner.skipCheckedString(in: text)
            let start = scanner.offset
            scanner.skipWhitespace(in: text)
            scanner.offset += 1
            scanner.skipWhitespace(in: text)
            if colon == nil { colon = start..<scanner.offset }
            skipValue(in: text)
        } while skipComma(orClosing: UInt8(ascii: "}"), isInArray: false, in: text)
    }

    /// Records the whitespace after the first opening bracket of a kind.
    private mutating func see(_ opening: Range<Int>, in text: Span<UInt8>) -> Range<Int> {
        let hasLineBreak = opening.contains { text[$0] == UInt8(ascii: "\n") }
        if firstBreak == nil, hasLineBreak { firstBreak = opening }
        return opening
    }

    /// Skips a comma and records the first one of a kind, or skips the closing bracket.
    ///
    /// - Returns: Whether it was a comma.
    @inline(__always)
    private mutating func skipComma(orClosing bracket: UInt8, isInArray: Bool, in text: Span<UInt8>) -> Bool {
        let start = scanner.offset
        scanner.skipWhitespace(in: text)
        scanner.offset += 1
        if text[scanner.offset - 1] == bracket { return false }
        scanner.skipWhitespace(in: text)
        if isInArray {
            array.comma = array.comma ?? start..<scanner.offset
        } else {
            object.comma = object.comma ?? start..<scanner.offset
        }
        return true
    }

    private mutating func skipOpening(in text: Span<UInt8>) -> Range<Int> {
        scanner.offset += 1
        return skipWhitespace(in: text)
    }

    private mutating func skip(_ byte: UInt8, in text: Span<UInt8>) -> Bool {
        guard text[scanner.offset] == byte else { return false }
        scanner.offset += 1
        return true
    }

    private mutating func skipWhitespace(in text: Span<UInt8>) -> Range<Int> {
        let start = scanner.offset
        scanner.skipWhitespace(in: text)
        return start..<scanner.offset
    }
}

extension Unicode.Scalar {
    fileprivate var isLineBreak: Bool { self == "\n" || self == "\r" }
}
