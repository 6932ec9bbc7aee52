package import Foundation

extension JSONText {
    /// Changes the layout of the text: copies its tokens and replaces the whitespace between them.
    ///
    /// - Returns: The text in that layout, in UTF-8.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/limitExceeded`` if it is far longer than this text.
    package func laidOut(as layout: JSONLayout) throws(SerializationError) -> Data {
        if isCompact, layout == .compact { return utf8 }
        var output = ByteWriter(capacity: utf8.count + utf8.count / 4 + 64)
        output.append(layout.leading)
        var relay = JSONRelay(layout, level: 0)
        // In a hostile file, the indentation of deep nesting could make a short text very long.
        relay.maximumCount = utf8.count + min(7 * utf8.count, 64 << 20) + 64 << 10
        relay.copy(utf8.span, to: &output)
        guard output.count <= relay.maximumCount else {
            throw SerializationError(.limitExceeded, "the layout makes the JSON text far longer than it is without")
        }
        output.append(layout.trailing)
        return output.take()
    }
}

/// Copies the tokens of checked JSON text into another layout.
struct JSONRelay {
    /// The ranges of a layout's parts in ``glue``.
    private struct Brackets {
        let isMultiline: Bool
        let padding: Range<Int>
        let comma: Range<Int>
        let empty: Range<Int>
    }

    private var scanner = JSONScanner()
    /// The parts of the layout, in one array, because ranges are cheaper to pass than arrays.
    private var glue: [UInt8] = []
    private let array: Brackets
    private let object: Brackets
    private let colon: Range<Int>
    private let indent: [UInt8]
    /// The line break and the indentation of the deepest level so far.
    private var lineBreak: [UInt8]
    private let newlineLength: Int
    private var level: Int
    /// The length of the output beyond which indentation stops.
    var maximumCount = Int.max

    /// Makes a relay.
    ///
    /// - Parameters:
    ///   - layout: Where whitespace goes between the tokens.
    ///   - level: The level of the text's first line.
    init(_ layout: JSONLayout, level: Int) {
        var glue: [UInt8] = []
        func range(of part: String) -> Range<Int> {
            let start = glue.count
            glue += part.utf8
            return start..<glue.count
        }
        func brackets(_ brackets: JSONLayout.Brackets) -> Brackets {
            Brackets(
                isMultiline: brackets.isMultiline,
                padding: range(of: brackets.padding),
                comma: range(of: brackets.comma),
                empty: range(of: brackets.empty)
            )
        }
        array = brackets(layout.array)
        object = brackets(layout.object)
        colon = range(of: layout.colon)
        self.glue = glue
        indent = Array(layout.indent.utf8)
        lineBreak = Array(layout.newline.utf8)
        newlineLength = lineBreak.count
        self.level = level
    }

    /// Copies a complete text, without the whitespace around it.
    mutating func copy(_ text: Span<UInt8>, to output: inout ByteWriter) {
        scanner.offset = 0
        scanner.skipWhitespace(in: text)
        copyValue(text, to: &output)
    }

    private mutating func copyValue(_ text: Span<UInt8>, to output: inout ByteWriter) {
        switch text[scanner.offset] {
        case UInt8(ascii: "["): copyArray(text, to: &output)
        case UInt8(ascii: "{"): copyObject(text, to: &output)
        default: copyScalar(text, to: &output)
        }
    }

    @inline(__always)
    private mutating func copyScalar(_ text: Span<UInt8>, to output: inout ByteWriter) {
        let start = scanner.offset
        scanner.skipCheckedScalar(in: text)
        output.append(text.extracting(start..<scanner.offset))
    }

    private mutating func copyArray(_ text: Span<UInt8>, to output: inout ByteWriter) {
        guard !copyEmpty(text, closing: UInt8(ascii: "]"), array, to: &output) else { return }
        repeat {
            copyValue(text, to: &output)
        } while copyComma(text, closing: UInt8(ascii: "]"), array, to: &output)
    }

    private mutating func copyObject(_ text: Span<UInt8>, to output: inout ByteWriter) {
        guard !copyEmpty(text, closing: UInt8(ascii: "}"), object, to: &output) else { return }
        repeat {
            copyScalar(text, to: &output)
            scanner.skipWhitespace(in: text)
            scanner.offset += 1
            scanner.skipWhitespace(in: text)
            append(colon, to: &output)
            copyValue(text, to: &output)
        } while copyComma(text, closing: UInt8(ascii: "}"), object, to: &output)
    }

    /// Copies the opening bracket, and the closing one if it follows.
    @inline(__always)
    private mutating func copyEmpty(
        _ text: Span<UInt8>,
        closing bracket: UInt8,
        _ brackets: Brackets,
        to output: inout ByteWriter
    ) -> Bool {
        output.append(text[scanner.offset])
        scanner.offset += 1
        scanner.skipWhitespace(in: text)
        if text[scanner.offset] == bracket {
            scanner.offset += 1
            append(brackets.empty, to: &output)
            output.append(bracket)
            return true
        }
        if brackets.isMultiline {
            level += 1
            breakLine(in: &output)
        } else {
            append(brackets.padding, to: &output)
        }
        return false
    }

    /// Copies a comma or the closing bracket.
    ///
    /// - Returns: Whether it was a comma.
    @inline(__always)
    private mutating func copyComma(
        _ text: Span<UInt8>,
        closing bracket: UInt8,
        _ brackets: Brackets,
        to output: inout ByteWriter
    ) -> Bool {
        scanner.skipWhitespace(in: text)
        scanner.offset += 1
        if text[scanner.offset - 1] == bracket {
            if brackets.isMultiline {
                level -= 1
                breakLine(in: &output)
            } else {
                append(brackets.padding, to: &output)
            }
            output.append(bracket)
            return false
        }
        scanner.skipWhitespace(in: text)
        append(brackets.comma, to: &output)
        if brackets.isMultiline { breakLine(in: &output) }
        return true
    }

    @inline(__always)
    private func append(_ part: Range<Int>, to output: inout ByteWriter) {
        if part.count == 1 {
            output.append(glue[part.lowerBound])
        } else if !part.isEmpty {
            output.append(glue.span.extracting(part))
        }
    }

    @inline(__always)
    private mutating func breakLine(in output: inout ByteWriter) {
        let length = newlineLength + level * indent.count
        while lineBreak.count < length { lineBreak += indent }
        guard output.count <= maximumCount else { return }
        output.append(lineBreak.span.extracting(first: length))
    }
}

extension JSONScanner {
    /// Skips a string, a number or a literal in valid text.
    @inline(__always)
    mutating func skipCheckedScalar(in text: Span<UInt8>) {
        if text[offset] == UInt8(ascii: "\"") {
            skipCheckedString(in: text)
        } else {
            repeat { offset += 1 } while offset < text.count && !text[offset].endsJSONScalar
        }
    }

    /// Skips a string in checked text: only looks for its end.
    @inline(__always)
    mutating func skipCheckedString(in text: Span<UInt8>) {
        var end = offset + 1
        while true {
            while end + 8 <= text.count {
                let found = text.word(at: end).quotesAndBackslashes
                end += found.trailingZeroBitCount >> 3
                if found != 0 { break }
            }
            let byte = text[end]
            end += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == UInt8(ascii: "\"") { break }
        }
        offset = end
    }
}

extension UInt64 {
    /// The lowest bit set is the high bit of the lowest byte that is a quote or a backslash; zero if there is none.
    @inline(__always)
    fileprivate var quotesAndBackslashes: UInt64 {
        let quotes = self ^ 0x2222_2222_2222_2222
        let backslashes = self ^ 0x5C5C_5C5C_5C5C_5C5C
        let low: UInt64 = 0x0101_0101_0101_0101
        return ((quotes &- low) & ~quotes | (backslashes &- low) & ~backslashes) & 0x8080_8080_8080_8080
    }
}

extension UInt8 {
    /// Whether a number or literal ends before this byte.
    @inline(__always)
    fileprivate var endsJSONScalar: Bool {
        self == UInt8(ascii: ",") || self == UInt8(ascii: "]") || self == UInt8(ascii: "}") || isJSONWhitespace
    }
}
