#if BSON
public import Foundation

/// Writes values as BSON (https://bsonspec.org), and reads all BSON types.
///
/// | document | written as |
/// | --- | --- |
/// | ``Document/null`` | null |
/// | ``Document/bool(_:)`` | boolean |
/// | ``Document/integer(_:)`` | int32 or int64, the smaller one that fits; otherwise Decimal128, with up to 34 digits |
/// | ``Document/float(_:)`` | double |
/// | ``Document/number(_:)`` | Decimal128, if that is exact |
/// | ``Document/string(_:)`` | UTF-8 string |
/// | ``Document/bytes(_:)`` | binary, subtype 0 |
/// | ``Document/date(_:)`` | UTC datetime if whole milliseconds are exact, otherwise an ISO 8601 string |
/// | ``Document/array(_:)`` | array |
/// | ``Document/map(_:)`` | document |
/// | ``Document/json(_:)`` | the tree that the JSON text describes |
///
/// The root of BSON is a document. Any other root, and a map whose only member has an empty name, is wrapped in a
/// document whose only member has an empty name: `{"": 42}`. Reading removes the wrapper.
///
/// Some drivers can't read datetimes outside the years 1 to 9999, so a date in the year 0000 is a string. ISO 8601
/// can't express other such years, so they are datetimes.
///
/// These types are read, but never written:
///
/// | BSON type | read as |
/// | --- | --- |
/// | undefined | ``Document/null`` |
/// | ObjectId | a string of 24 hexadecimal digits |
/// | symbol, JavaScript code | a string |
/// | binary of any subtype, including UUIDs | ``Document/bytes(_:)`` |
/// | Decimal128 | ``Document/integer(_:)`` if it has no fraction digits, ``Document/float(_:)`` for infinities and NaN, otherwise ``Document/number(_:)`` |
/// | regular expression | `{"$regularExpression": {"pattern": …, "options": …}}` |
/// | code with scope | `{"$code": …, "$scope": {…}}` |
/// | timestamp | `{"$timestamp": {"t": …, "i": …}}` |
/// | DBPointer | `{"$dbPointer": {"$ref": …, "$id": …}}` |
/// | MinKey, MaxKey | `{"$minKey": 1}`, `{"$maxKey": 1}` |
///
/// The maps are defined by MongoDB's Extended JSON.
public struct BSONSerializer: DocumentSerializer {
    /// `bson`.
    public let name = "bson"
    /// `bson`.
    public let fileExtension = "bson"
    /// `false`.
    public let isHumanReadable = false

    /// Makes the serializer.
    public init() {}

    /// Writes a document as BSON.
    ///
    /// - Parameter document: The tree to write.
    /// - Returns: One BSON document.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/unrepresentable`` for numbers that Decimal128 can't hold
    ///   exactly, names that contain NUL, dates that are neither whole milliseconds nor in the years 0000 to 9999, and
    ///   more than 2 GiB, and with ``SerializationError/Code/limitExceeded`` beyond ``Document/maximumDepth``.
    public func bytes(of document: Document) throws -> Data {
        try BSONWriter.bytes(of: document)
    }

    /// Reads one BSON document.
    ///
    /// - Parameter data: The bytes of one document.
    /// - Returns: The tree that the bytes describe. It shares no memory with them.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/malformed`` or ``SerializationError/Code/limitExceeded``, and the
    ///   offset at which reading failed.
    public func document(from data: Data) throws -> Document {
        try unsafe data.withUnsafeBytes { try unsafe BSONReader($0).root().document() }
    }

    /// Finds the position of a value in BSON.
    ///
    /// - Parameters:
    ///   - path: Member names and array indices that lead from the root to the value.
    ///   - data: Bytes that ``document(from:)`` has accepted.
    /// - Returns: The offset of the value's element, or `nil` if the value does not exist.
    public func position(of path: [Document.PathElement], in data: Data) -> SerializationError.Position? {
        unsafe data.withUnsafeBytes { unsafe BSONReader($0).locate(path) }
            .map { SerializationError.Position(offset: $0) }
    }
}

extension BSONSerializer: ViewingSerializer {
    package func withView<Result>(
        of data: Data,
        keeping kept: MemberTree,
        _ body: (_ root: DocumentView) throws -> Result
    ) throws -> Result {
        try BSONReader.withRoot(of: data, maximumValueCount: kept.maximumValueCount) { try body(.bson($0)) }
    }
}
#endif
