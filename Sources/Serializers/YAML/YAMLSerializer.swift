#if YAML
public import Foundation

/// Writes values as YAML, for people to read and edit, and reads YAML 1.2.
///
/// The output means the same in the core schema of YAML 1.2 and in YAML 1.1, which many readers still implement:
/// ambiguous text is quoted, and numbers are spelled so that both read the same value. Maps keep their order,
/// multi-line text is written as literal blocks if no editor could change them, and equal documents give equal bytes.
///
/// | document | written as |
/// | --- | --- |
/// | ``Document/integer(_:)`` | `42` |
/// | ``Document/float(_:)`` | `1.5`, `1.0e+16`, `.inf`, `-.inf`, `.nan` |
/// | ``Document/number(_:)`` | its digits: `9.90`; `1e3` becomes `1.0e+3`. Numbers beyond the range of `Double` can't be written. |
/// | ``Document/string(_:)`` | plain, quoted, or a literal block |
/// | ``Document/bytes(_:)`` | base64 with the tag `!!binary` |
/// | ``Document/date(_:)`` | `2026-01-02T03:04:05.678Z`; quoted if finer than microseconds, or in the year 0000 |
/// | ``Document/json(_:)`` | the tree that the JSON text describes, with its spelling of numbers |
///
/// The core schema of YAML 1.2 decides what a plain scalar is: `no` is a string, and `1e3` is a number. It has no
/// times: a plain `2026-01-02T03:04:05Z` is a string, which decodes as `Date` and as `String`; with the tag
/// `!!timestamp`, it is a date. A number that `Double` would spell differently is a ``Document/number(_:)``, so no
/// digit is lost. The standard tags, anchors and aliases are supported, merge keys (`<<`) are members like any other,
/// and the text of a scalar key is a member's name. Streams with more than one document, maps with other keys, and
/// custom tags are rejected.
public struct YAMLSerializer: DocumentSerializer {
    /// Makes a serializer.
    public init() {}

    /// The name: `yaml`.
    public let name = "yaml"

    /// The extension: `yaml`.
    public let fileExtension = "yaml"

    /// YAML is text.
    public let isHumanReadable = true

    /// Writes a document as YAML.
    ///
    /// - Parameter document: The tree to write.
    /// - Returns: UTF-8 text in block style, indented by two spaces.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/unrepresentable`` for dates beyond the years 0000 to 9999 and
    ///   numbers beyond the range of `Double`, and with ``SerializationError/Code/limitExceeded`` beyond ``Document/maximumDepth``.
    public func bytes(of document: Document) throws -> Data {
        try YAMLWriter.bytes(of: document)
    }

    /// Reads one YAML document.
    ///
    /// Aliases can expand to at most ten times the size of the input, or to 1 MiB if that is more.
    ///
    /// - Parameter data: UTF-8 text.
    /// - Returns: The tree that the text describes.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/malformed`` or ``SerializationError/Code/limitExceeded``, and the
    ///   line and column.
    public func document(from data: Data) throws -> Document {
        try document(from: data, keeping: .none)
    }

    /// Finds the position of a value in YAML text.
    ///
    /// - Parameters:
    ///   - path: Member names and array indices that lead from the root to the value.
    ///   - data: Text that ``document(from:)`` has accepted.
    /// - Returns: The position, or `nil` if the value does not exist. Inside an alias it is the position of the alias.
    public func position(of path: [Document.PathElement], in data: Data) -> SerializationError.Position? {
        unsafe data.withUnsafeBytes { bytes in
            let events = unsafe YAMLEventReader(bytes)
            guard let character = try? events.locate(path[...]) else { return nil }
            return events.position(atCharacter: character)
        }
    }
}

extension YAMLSerializer: ViewingSerializer {
    package func withView<Result>(
        of data: Data,
        keeping kept: MemberTree,
        _ body: (_ root: DocumentView) throws -> Result
    ) throws -> Result {
        // Some editors remove the last line feed, which would otherwise be the end of a block's last line.
        let text = data.last == UInt8(ascii: "\n") ? data : data + [UInt8(ascii: "\n")]
        // Not all YAML can be kept as JSON.
        return try body(
            .tree((try? document(from: text, keeping: kept)) ?? document(from: text, keeping: kept.withoutJSON))
        )
    }

    private func document(from data: Data, keeping kept: MemberTree) throws -> Document {
        try unsafe data.withUnsafeBytes { bytes in
            var reader = unsafe YAMLReader(bytes)
            return try reader.readRoot(keeping: kept)
        }
    }
}
#endif
