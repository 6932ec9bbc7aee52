#if YAML
import Foundation

/// Writes a document as YAML in block style.
///
/// It doesn't use libyaml's emitter, which escapes every character beyond the Basic Multilingual Plane and never writes
/// text with such a character as a block.
struct YAMLWriter: ~Copyable {
    /// The part of the line before a node.
    private enum Place {
        case root
        case afterKey
        case afterDash
    }

    private var output = ByteWriter(capacity: 1024)

    private init() {}

    /// Writes a complete document.
    static func bytes(of document: Document) throws(SerializationError) -> Data {
        var writer = YAMLWriter()
        try writer.write(document, at: .root, indentation: 0, depth: 0)
        return writer.output.take()
    }

    /// Writes a node and the end of its last line.
    ///
    /// - Parameters:
    ///   - document: The node.
    ///   - place: The part of the line before it.
    ///   - indentation: The column of further lines of the node.
    ///   - depth: The number of arrays and maps around the node.
    /// - Throws: ``SerializationError`` with the path.
    private mutating func write(
        _ document: Document,
        at place: Place,
        indentation: Int,
        depth: Int
    ) throws(SerializationError) {
        switch document {
        case .array(let elements) where !elements.isEmpty:
            try write(elements, at: place, indentation: indentation, depth: depth + 1)
        case .map(let members) where !members.isEmpty:
            try write(members, at: place, indentation: indentation, depth: depth + 1)
        case .json(let text):
            try write(text.spelledDocument(), at: place, indentation: indentation, depth: depth)
        default:
            switch document {
            case .array, .map: try enter(depth + 1)
            default: break
            }
            if place != .root { output.append(" ") }
            try writeScalar(document, isRoot: place == .root, indentation: max(indentation, 2))
            output.append("\n")
        }
    }

    private mutating func write(
        _ elements: [Document],
        at place: Place,
        indentation: Int,
        depth: Int
    ) throws(SerializationError) {
        try enter(depth)
        for (index, element) in elements.enumerated() {
            beginLine(isFirst: index == 0, at: place, indentation: indentation)
            output.append("-")
            do {
                try write(element, at: .afterDash, indentation: indentation + 2, depth: depth)
            } catch {
                throw error.prefixed(by: .index(index))
            }
        }
    }

    private mutating func write(
        _ members: [Document.Member],
        at place: Place,
        indentation: Int,
        depth: Int
    ) throws(SerializationError) {
        try enter(depth)
        for (index, member) in members.enumerated() {
            beginLine(isFirst: index == 0, at: place, indentation: indentation)
            writeKey(member.name, indentation: indentation)
            do {
                try write(member.value, at: .afterKey, indentation: indentation + 2, depth: depth)
            } catch {
                throw error.prefixed(by: .member(member.name))
            }
        }
    }

    private func enter(_ depth: Int) throws(SerializationError) {
        guard depth <= Document.maximumDepth else {
            throw SerializationError(.limitExceeded, "the value nests deeper than \(Document.maximumDepth) levels")
        }
    }

    /// Starts the line of an element or member; the first one follows a dash, or is below a key.
    private mutating func beginLine(isFirst: Bool, at place: Place, indentation: Int) {
        switch place {
        case .afterDash where isFirst: return output.append(" ")
        case .afterKey where isFirst: output.append("\n")
        default: break
        }
        indent(indentation)
    }

    /// Writes a key and its colon.
    private mutating func writeKey(_ name: String, indentation: Int) {
        // Without a question mark, readers look for the colon only in 1024 characters, and an escape has up to six.
        let isLong = name.utf8.count > 160
        if isLong { output.append("? ") }
        writeString(name, allowsBlock: false, indentation: indentation)
        if isLong {
            output.append("\n")
            indent(indentation)
        }
        output.append(":")
    }

    private mutating func writeScalar(
        _ document: Document,
        isRoot: Bool,
        indentation: Int
    ) throws(SerializationError) {
        switch document {
        case .null: output.append("null")
        case .bool(let value): output.append(value ? "true" : "false")
        case .integer(let value): output.append(String(value))
        case .float(let value): output.append(YAMLCoreSchema.spelling(of: value))
        case .number(let spelling): output.append(try portable(spelling))
        case .string(let text): writeString(text, allowsBlock: true, isRoot: isRoot, indentation: indentation)
        case .bytes(let data): write(data, indentation: indentation)
        case .date(let date): try write(date)
        case .array: output.append("[]")
        case .map, .json: output.append("{}")
        }
    }

    private func portable(_ spelling: String) throws(SerializationError) -> String {
        guard let number = YAMLDecimalSpelling(spelling), number.literal == spelling, let value = Double(spelling)
        else {
            throw SerializationError(.unrepresentable, "'\(spelling.prefix(40))' is not a number by RFC 8259")
        }
        let isInRange = value.isFinite && (value != 0 || DecimalNumber(spelling) == DecimalNumber("0"))
        guard number.isWhole || isInRange else {
            throw SerializationError(
                .unrepresentable,
                "the number \(spelling.prefix(40)) is out of the range that YAML readers support"
            )
        }
        return number.portable
    }

    /// Writes a time so that readers of YAML 1.1 read the same time, or a string.
    ///
    /// PyYAML truncates to microseconds and has no year 0.
    private mutating func write(_ date: Date) throws(SerializationError) {
        guard let text = date.iso8601 else {
            throw SerializationError(.unrepresentable, "the date is not finite, or outside the years 0000 to 9999")
        }
        let isTimestamp = text.utf8.count <= "2026-01-02T03:04:05.123456Z".utf8.count && !text.hasPrefix("0000")
        output.append(isTimestamp ? text : "'\(text)'")
    }

    private mutating func write(_ data: Data, indentation: Int) {
        guard !data.isEmpty else { return output.append("!!binary ''") }
        let base64 = data.base64EncodedData()
        output.append("!!binary ")
        guard base64.count > 76 else {
            output.append(base64)
            return
        }
        output.append("|")
        let text = base64.span
        for start in stride(from: 0, to: text.count, by: 76) {
            output.append("\n")
            indent(indentation)
            output.append(text.extracting(start..<min(start + 76, text.count)))
        }
    }
}

extension YAMLWriter {
    private mutating func writeString(_ text: String, allowsBlock: Bool, isRoot: Bool = false, indentation: Int) {
        var contiguous = text
        contiguous.withUTF8 { utf8 in
            let span = unsafe utf8.span
            switch YAMLStringStyle(text, utf8: span, allowsBlock: allowsBlock) {
            case .plain:
                output.append(span)
            case .singleQuoted:
                writeSingleQuoted(span)
            // At the root, readers disagree about where an indentation indicator starts counting.
            case .literal(let header) where !(isRoot && header.needsIndentation):
                writeLiteral(span, header, indentation: indentation)
            case .doubleQuoted, .literal:
                writeDoubleQuoted(span, continuation: allowsBlock && !isRoot ? indentation : nil)
            }
        }
    }

    private mutating func writeSingleQuoted(_ text: Span<UInt8>) {
        output.append("'")
        for index in text.indices {
            if text[index] == UInt8(ascii: "'") { output.append("'") }
            output.append(text[index])
        }
        output.append("'")
    }

    /// Writes text with escapes.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - continuation: The column of further lines: each line of the text is on a line of its own. `nil` for one line.
    private mutating func writeDoubleQuoted(_ text: Span<UInt8>, continuation: Int?) {
        output.append("\"")
        var index = 0
        while index < text.count {
            var width = 1
            switch text[index] {
            case UInt8(ascii: "\""): output.append("\\\"")
            case UInt8(ascii: "\\"): output.append("\\\\")
            case UInt8(ascii: "\n"):
                output.append("\\n")
                guard let continuation, index + 1 < text.count else { break }
                output.append("\\\n")
                indent(continuation)
                if text[index + 1] == UInt8(ascii: " ") { output.append("\\") }
            case UInt8(ascii: "\t"): output.append("\\t")
            case let byte:
                if let escape = YAMLEscape(in: text, at: index) {
                    output.append(escape.text)
                    width = escape.width
                } else {
                    output.append(byte)
                }
            }
            index += width
        }
        output.append("\"")
    }

    /// Writes a literal block without the end of its last line, which is written at the end of the node.
    private mutating func writeLiteral(_ text: Span<UInt8>, _ header: YAMLLiteralHeader, indentation: Int) {
        output.append("|")
        if header.needsIndentation { output.append("2") }
        output.append(header.chomping)
        let newline = UInt8(ascii: "\n")
        let end = text[text.count - 1] == newline ? text.count - 1 : text.count
        var start = 0
        while start <= end {
            var lineEnd = start
            while lineEnd < end, text[lineEnd] != newline { lineEnd += 1 }
            output.append("\n")
            if lineEnd > start { indent(indentation) }
            output.append(text.extracting(start..<lineEnd))
            start = lineEnd + 1
        }
    }

    private mutating func indent(_ columns: Int) {
        output.append(repeating: UInt8(ascii: " "), count: columns)
    }
}
#endif
