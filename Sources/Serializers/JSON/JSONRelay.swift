package import Foundation

extension JSONText {
    /// Lays the text out anew: the tokens are copied, only the whitespace between them changes.
    ///
    /// - Parameter layout: Where whitespace goes.
    /// - Returns: The text in that layout, in UTF-8.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/limitExceeded`` when the indentation would make it more than 64
    ///   times as long.
    package func laidOut(as layout: JSONLayout) throws(SerializationError) -> Data {
        var output = ByteWriter(capacity: utf8.count + utf8.count / 4 + 64)
        output.append(layout.leading)
        var relay = JSONRelay(layout, level: 0)
        relay.maximumCount = 64 * (utf8.count + 1024)
        relay.copy(utf8.span, to: &output)
        guard output.count <= relay.maximumCount else {
            throw SerializationError(.limitExceeded, "the layout makes the JSON text more than 64 times as long")
        }
        output.append(layout.trailing)
        return output.take()
    }
}

/// Copies the tokens of checked JSON text into another layout.
struct JSONRelay {
    /// The parts of a layout as bytes.
    private struct Brackets {
        let isMultiline: Bool
        let padding: [UInt8]
        let comma: [UInt8]
        let empty: [UInt8]

        init(_ brackets: JSONLayout.Brackets) {
            isMultiline = brackets.isMultiline
            padding = Array(brackets.padding.utf8)
            comma = Array(brackets.comma.utf8)
            empty = Array(brackets.empty.utf8)
        }
    }

    private var scanner = JSONScanner()
    private let array: Brackets
    private let object: Brackets
    private let colon: [UInt8]
    private let indent: [UInt8]
    /// The line break and the indentation for as many levels as were needed so far.
    private var lineBreak: [UInt8]
    private let newlineLength: Int
    private var level: Int
    /// The length of the output after which lines are no longer indented.
    var maximumCount = Int.max

    /// Makes a relay.
    ///
    /// - Parameters:
    ///   - layout: Where whitespace goes between the tokens.
    ///   - level: How many times lines are indented that are in nothing of the text.
    init(_ layout: JSONLayout, level: Int) {
        array = Brackets(layout.array)
        object = Brackets(layout.object)
        colon = Array(layout.colon.utf8)
        indent = Array(layout.indent.utf8)
        lineBreak = Array(layout.newline.utf8)
        newlineLength = lineBreak.count
        self.level = level
    }

    /// Copies a whole text, without the whitespace around it.
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
            output.append(colon.span)
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
            output.append(brackets.empty.span)
            output.append(bracket)
            return true
        }
        if brackets.isMultiline {
            level += 1
            breakLine(in: &output)
        } else {
            output.append(brackets.padding.span)
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
                output.append(brackets.padding.span)
            }
            output.append(bracket)
            return false
        }
        scanner.skipWhitespace(in: text)
        output.append(brackets.comma.span)
        if brackets.isMultiline { breakLine(in: &output) }
        return true
    }

    @inline(__always)
    private mutating func breakLine(in output: inout ByteWriter) {
        let length = newlineLength + level * indent.count
        while lineBreak.count < length { lineBreak += indent }
        guard output.count <= maximumCount else { return }
        output.append(lineBreak.span.extracting(first: length))
    }
}
