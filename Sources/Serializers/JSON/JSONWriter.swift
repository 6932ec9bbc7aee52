import Foundation

/// Writes a tree as JSON text.
struct JSONWriter: ~Copyable {
    /// Where whitespace goes.
    enum Style {
        /// No whitespace.
        case compact
        /// For people: two spaces for each level, and a line for each element and member, unless it is a single scalar.
        case pretty
    }

    private var output: ByteWriter
    private let style: Style
    private let maximumDepth: Int
    private var depth = 0

    /// Makes a writer.
    ///
    /// - Parameters:
    ///   - style: Where whitespace goes. A pretty text ends with a newline.
    ///   - maximumDepth: How deep arrays and objects may nest.
    init(style: Style, maximumDepth: Int) {
        output = ByteWriter(capacity: 1024)
        self.style = style
        self.maximumDepth = maximumDepth
    }

    /// Writes a complete text.
    ///
    /// - Throws: ``SerializationError`` with the path.
    static func bytes(
        of document: Document,
        style: Style,
        maximumDepth: Int = Document.maximumDepth
    ) throws(SerializationError) -> Data {
        var writer = JSONWriter(style: style, maximumDepth: maximumDepth)
        try writer.write(document)
        return writer.take()
    }

    /// Returns the text, in UTF-8.
    mutating func take() -> Data {
        if style == .pretty { output.append(UInt8(ascii: "\n")) }
        return output.take()
    }

    /// Writes a value.
    mutating func write(_ document: Document) throws(SerializationError) {
        switch document {
        case .null: output.append("null")
        case .bool(let value): output.append(value ? "true" : "false")
        case .integer(let value): output.append(String(value))
        case .float(let value): try write(value)
        case .number(let spelling): try write(number: spelling)
        case .string(let value): write(value)
        case .bytes(let value):
            output.append(UInt8(ascii: "\""))
            output.append(value.base64EncodedData())
            output.append(UInt8(ascii: "\""))
        case .date(let value): try write(value)
        case .array(let elements): try write(elements)
        case .map(let members): try write(members)
        case .json(let text): try write(text)
        }
    }

    private mutating func write(_ value: Double) throws(SerializationError) {
        guard value.isFinite else {
            throw SerializationError(.unrepresentable, "JSON can't represent the number \(value)")
        }
        output.append("\(value)")
    }

    private mutating func write(number spelling: String) throws(SerializationError) {
        guard isJSONNumber(spelling) else {
            throw SerializationError(.unrepresentable, "'\(spelling.prefix(50))' is not a number (RFC 8259 §6)")
        }
        output.append(spelling)
    }

    private func isJSONNumber(_ spelling: String) -> Bool {
        var spelling = spelling
        return spelling.withUTF8 { buffer in
            let text = unsafe buffer.span
            var scanner = JSONScanner()
            guard !text.isEmpty, (try? scanner.skipNumber(in: text)) != nil else { return false }
            return scanner.offset == text.count
        }
    }

    private mutating func write(_ value: Date) throws(SerializationError) {
        guard let text = value.iso8601 else {
            throw SerializationError(.unrepresentable, "ISO 8601 can represent only the years 0000 to 9999")
        }
        output.append(UInt8(ascii: "\""))
        output.append(text)
        output.append(UInt8(ascii: "\""))
    }

    /// Copies JSON text in the layout of this file.
    private mutating func write(_ text: JSONText) throws(SerializationError) {
        if depth + JSONText.maximumDepth > maximumDepth {
            var scanner = JSONScanner()
            try scanner.skipText(in: text.utf8.span, maximumDepth: maximumDepth - depth)
        }
        var relay = JSONRelay(style == .pretty ? .pretty : .compact, level: depth)
        relay.copy(text.utf8.span, to: &output)
    }

    private mutating func write(_ elements: [Document]) throws(SerializationError) {
        try open(UInt8(ascii: "["))
        let isOnOneLine = style == .compact || elements.isEmpty || (elements.count == 1 && elements[0].isScalar)
        for index in elements.indices {
            if index > 0 { writeComma() }
            if !isOnOneLine { breakLine() }
            do {
                try write(elements[index])
            } catch {
                throw error.prefixed(by: .index(index))
            }
        }
        close(UInt8(ascii: "]"), isOnOneLine: isOnOneLine)
    }

    private mutating func write(_ members: [Document.Member]) throws(SerializationError) {
        try open(UInt8(ascii: "{"))
        let isOnOneLine = style == .compact || members.isEmpty || (members.count == 1 && members[0].value.isScalar)
        for index in members.indices {
            if index > 0 { writeComma() }
            if !isOnOneLine { breakLine() }
            write(name: members[index].name)
            do {
                try write(members[index].value)
            } catch {
                throw error.prefixed(by: .member(members[index].name))
            }
        }
        close(UInt8(ascii: "}"), isOnOneLine: isOnOneLine)
    }

    /// Writes a comma between elements or members.
    mutating func writeComma() {
        output.append(UInt8(ascii: ","))
    }

    /// Writes a member's name and the colon.
    mutating func write(name: String) {
        write(name)
        output.append(UInt8(ascii: ":"))
        if style == .pretty { output.append(UInt8(ascii: " ")) }
    }

    /// Writes an opening bracket.
    mutating func open(_ bracket: UInt8) throws(SerializationError) {
        guard depth < maximumDepth else {
            throw SerializationError(.limitExceeded, "the value nests deeper than \(maximumDepth) levels")
        }
        depth += 1
        output.append(bracket)
    }

    /// Writes a closing bracket.
    mutating func close(_ bracket: UInt8, isOnOneLine: Bool) {
        depth -= 1
        if !isOnOneLine { breakLine() }
        output.append(bracket)
    }

    private mutating func breakLine() {
        output.append(UInt8(ascii: "\n"))
        output.append(repeating: UInt8(ascii: " "), count: 2 * depth)
    }

    /// Writes a string with the escapes that RFC 8259 §7 requires, and no others.
    private mutating func write(_ value: String) {
        output.append(UInt8(ascii: "\""))
        var value = value
        value.withUTF8 { buffer in
            let text = unsafe buffer.span
            var start = 0
            var index = 0
            while index < text.count {
                if index + 8 <= text.count {
                    let special = text.word(at: index).specialStringBytes
                    index += special.trailingZeroBitCount >> 3
                    if special == 0 { continue }
                }
                if text[index].needsJSONEscape {
                    output.append(text.extracting(start..<index))
                    text[index].forEachByteOfJSONEscape { output.append($0) }
                    start = index + 1
                }
                index += 1
            }
            output.append(text.extracting(start..<text.count))
        }
        output.append(UInt8(ascii: "\""))
    }
}

extension Document {
    /// Whether this is not an array or a map, or is an empty one.
    fileprivate var isScalar: Bool {
        switch self {
        case .array(let elements): elements.isEmpty
        case .map(let members): members.isEmpty
        case .json: false
        default: true
        }
    }
}

extension SerializationError {
    /// This error with one more step at the start of its path.
    func prefixed(by element: Document.PathElement) -> SerializationError {
        var error = self
        error.path.insert(element, at: 0)
        return error
    }
}
