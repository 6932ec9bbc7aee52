public import Foundation

/// Stores values as JSON (RFC 8259).
///
/// Files are laid out for people: two spaces for each level, members in order, a final newline. An array or object with
/// a single scalar stays on one line. Dates are ISO 8601 in UTC, data is base64, and numbers have the shortest spelling
/// that is exact.
///
/// Reading is strict: duplicate names are kept (the last one counts), but comments, trailing commas, `NaN`, a byte order mark, lone
/// surrogates and everything else outside of RFC 8259 are rejected, with line and column.
public struct JSONSerializer: DocumentSerializer {
    /// `json`.
    public let name = "json"
    /// `json`.
    public let fileExtension = "json"
    /// `true`.
    public let isHumanReadable = true

    /// Makes the serializer.
    public init() {}

    /// Writes a document as JSON text.
    ///
    /// - Parameter document: The tree to write.
    /// - Returns: The text, in UTF-8.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/unrepresentable`` for infinities, NaN, and dates outside the
    ///   years 0000 to 9999.
    public func bytes(of document: Document) throws -> Data {
        try JSONWriter.bytes(of: document, style: .pretty)
    }

    /// Reads JSON text.
    ///
    /// - Parameter data: The text, in UTF-8.
    /// - Returns: The tree.
    /// - Throws: ``SerializationError`` with line and column.
    public func document(from data: Data) throws -> Document {
        try JSONReader.document(from: data)
    }

    /// Finds the position of a value in the text.
    ///
    /// - Parameters:
    ///   - path: Member names and array indices that lead to the value.
    ///   - data: Text that ``document(from:)`` has accepted.
    /// - Returns: Its line and column, or `nil` if the value does not exist.
    public func position(of path: [Document.PathElement], in data: Data) -> SerializationError.Position? {
        let text = data.span
        var scanner = JSONScanner()
        if data.starts(with: Self.byteOrderMark) { scanner.offset = Self.byteOrderMark.count }
        guard (try? scanner.seek(path, in: text)) == true else { return nil }
        return SerializationError.Position(offset: scanner.offset, in: text)
    }
}

extension JSONSerializer: ViewingSerializer {
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    package func withView<Result>(
        of data: Data,
        keeping kept: MemberTree,
        _ body: (_ root: DocumentView) throws -> Result
    ) throws -> Result {
        // Some editors save text with a byte order mark.
        let text = data.starts(with: Self.byteOrderMark) ? Data(data.dropFirst(Self.byteOrderMark.count)) : data
        return try body(.tree(JSONReader.document(from: text, keeping: kept)))
    }
}
