public import Foundation

/// Valid JSON text, kept with its spelling of numbers and strings, its order of members, its duplicates and its whitespace.
///
/// ``JSONSerializer`` writes it as nested JSON, with the whitespace of the file, and decodes a `JSONText` as the text
/// in the file. Other formats write the tree that it describes.
public struct JSONText: Sendable {
    /// The text, in UTF-8; usually a slice of a file.
    package let utf8: Data
    /// Whether the text is known to have no whitespace between tokens.
    let isCompact: Bool

    /// The text, in UTF-8.
    public var data: Data { utf8.startIndex == 0 ? utf8 : utf8.span.data }

    /// How deep arrays and objects can nest: 256, which leaves room to nest the text in another document.
    public static let maximumDepth = Document.maximumDepth / 2

    /// Checks and keeps a text.
    ///
    /// It accepts everything that RFC 8259 allows, except an escaped lone surrogate (§8.2), which no Swift string can hold.
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

    /// Keeps a valid text.
    init(checked data: Data, isCompact: Bool = false) {
        utf8 = data
        self.isCompact = isCompact
    }

    /// The tree that the text describes.
    ///
    /// - Returns: The tree.
    /// - Throws: Nothing as of today; ``SerializationError`` if a limit is ever added.
    public func document() throws(SerializationError) -> Document {
        try JSONReader.document(from: utf8)
    }

    /// The tree that the text describes, with the spelling of numbers: `1.20` stays `1.20`.
    package func spelledDocument() throws(SerializationError) -> Document {
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
    /// Decodes the text unchanged from the JSON serializer, and the tree of any other format as compact JSON.
    ///
    /// - Parameter decoder: The decoder to read from.
    /// - Throws: The errors of the decoder and of ``init(_:)-(Document)``.
    public init(from decoder: any Decoder) throws {
        try self.init(Document(from: decoder))
    }

    /// Encodes the text unchanged for the JSON serializer, and the tree that it describes for other formats.
    ///
    /// - Parameter encoder: The encoder to write to.
    /// - Throws: The errors of the encoder.
    public func encode(to encoder: any Encoder) throws {
        try Document.json(self).encode(to: encoder)
    }
}
