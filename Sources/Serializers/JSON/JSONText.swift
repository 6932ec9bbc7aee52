public import Foundation

/// Valid JSON text that is kept to the letter: the spelling of numbers and strings, the order of members, duplicates and whitespace.
///
/// ``JSONSerializer`` writes it as JSON in its place, with the whitespace of the file around it, and gives the file's own text back for
/// members that are decoded as `JSONText`. Other formats hold the tree that it describes.
public struct JSONText: Sendable {
    /// The text, in UTF-8: as a rule a slice of the file that it was read from.
    package let utf8: Data
    /// Whether it is known that there is no whitespace between the tokens.
    let isCompact: Bool

    /// The text, in UTF-8.
    public var data: Data { utf8.startIndex == 0 ? utf8 : utf8.span.data }

    /// How deep arrays and objects may nest: 256, so that there is room for them within another document.
    public static let maximumDepth = Document.maximumDepth / 2

    /// Checks and keeps a text.
    ///
    /// Everything that RFC 8259 allows is accepted, save for a lone surrogate in an escape (§8.2), which no Swift string can hold.
    ///
    /// - Parameter data: The text, in UTF-8.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/malformed`` and the position, or with
    ///   ``SerializationError/Code/limitExceeded`` when it nests deeper than ``maximumDepth``.
    public init(_ data: Data) throws(SerializationError) {
        var scanner = JSONScanner()
        try scanner.skipText(in: data.span, maximumDepth: Self.maximumDepth)
        self.init(checked: data)
    }

    /// Writes a tree as compact JSON.
    ///
    /// - Parameter document: The tree.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/unrepresentable`` for infinities, NaN and times that ISO 8601
    ///   can't say, or with ``SerializationError/Code/limitExceeded`` when it nests deeper than ``maximumDepth``.
    public init(_ document: Document) throws(SerializationError) {
        if case .json(let text) = document {
            self = text
        } else {
            utf8 = try JSONWriter.bytes(of: document, style: .compact, maximumDepth: Self.maximumDepth)
            isCompact = true
        }
    }

    /// Keeps a text that has been checked.
    init(checked data: Data) {
        utf8 = data
        isCompact = false
    }

    /// The tree that the text describes.
    ///
    /// - Returns: The tree.
    /// - Throws: Nothing as of today; ``SerializationError`` if a limit is ever added.
    public func document() throws(SerializationError) -> Document {
        try JSONReader.document(from: utf8)
    }

    /// The tree that the text describes, in which numbers keep their spelling: `1.20` is no `1.2`.
    func spelledDocument() throws(SerializationError) -> Document {
        try JSONReader.document(from: utf8, spellsNumbers: true)
    }

    /// Whether the text is `null`.
    var isNull: Bool {
        var scanner = JSONScanner()
        let text = utf8.span
        scanner.skipWhitespace(in: text)
        return scanner.offset < text.count && text[scanner.offset] == UInt8(ascii: "n")
    }
}

extension JSONText: Hashable {
    /// Whether both are the same text, byte for byte.
    public static func == (left: JSONText, right: JSONText) -> Bool { left.utf8 == right.utf8 }

    /// Feeds the text to a hasher.
    public func hash(into hasher: inout Hasher) { hasher.combine(utf8) }
}

extension JSONText: Codable {
    /// Takes the text from the JSON serializer as it stands there, and from other formats the tree that they hold, as compact JSON.
    ///
    /// - Parameter decoder: The decoder to read from.
    /// - Throws: What the decoder throws, and ``SerializationError`` as ``init(_:)-(Document)`` does.
    public init(from decoder: any Decoder) throws {
        try self.init(Document(from: decoder))
    }

    /// Hands the text to the JSON serializer, and to other formats the tree that it describes.
    ///
    /// - Parameter encoder: The encoder to write to.
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        try Document.json(self).encode(to: encoder)
    }
}
