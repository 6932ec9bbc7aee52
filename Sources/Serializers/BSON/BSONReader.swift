#if BSON
internal import CBSON
import Foundation

/// Reads BSON bytes, which libbson takes apart.
///
/// Lengths that lie are refused by libbson for each element, and here for the document around the elements.
@safe struct BSONReader {
    private let bytes: UnsafeBufferPointer<UInt8>

    /// Prepares to read bytes, which have to outlive the reader.
    init(_ bytes: UnsafeRawBufferPointer) {
        unsafe self.bytes = bytes.assumingMemoryBound(to: UInt8.self)
    }

    /// The document that all the bytes are, or the only value in it when that has no name.
    func root() throws(SerializationError) -> BSONValue {
        let frame = try checkedRoot()
        var offset = 4
        var element = unsafe cbson_element()
        let hasMembers = unsafe try readElement(at: &offset, of: frame, into: &element)
        if hasMembers, unsafe element.key_length == 0, offset == frame.count - 1 {
            return unsafe BSONValue(element, in: self, depth: 1)
        }
        unsafe element.type = BSON_TYPE_DOCUMENT
        unsafe element.bytes = bytes.baseAddress
        unsafe element.length = UInt32(frame.count)
        return unsafe BSONValue(element, in: self, depth: 0)
    }

    /// The range of the root, once it is known that it is a document.
    func checkedRoot() throws(SerializationError) -> Range<Int> {
        let root = unsafe 0..<bytes.count
        guard root.count <= Int32.max else {
            throw failure(.limitExceeded, "BSON ends at 2 GiB", at: 0)
        }
        try checkFrame(root)
        let length = (0..<4).reduce(0) { length, index in unsafe length | Int(bytes[index]) << (8 * index) }
        guard length == root.count else {
            throw failure(.malformed, "the document claims \(length) bytes, and there are \(root.count)", at: 0)
        }
        return root
    }

    /// Checks what libbson takes on trust: that a document has room for its length, and ends with a zero.
    private func checkFrame(_ frame: Range<Int>) throws(SerializationError) {
        guard frame.count >= 5, unsafe bytes[frame.upperBound - 1] == 0 else {
            throw failure(.malformed, "a document has at least five bytes, the last of them zero", at: frame.lowerBound)
        }
    }

    /// Reads an element and steps over it.
    ///
    /// - Parameters:
    ///   - offset: The element's offset in the document; afterwards that of the next.
    ///   - frame: Where the document stands, which has been checked.
    ///   - element: What was read.
    /// - Returns: Whether there was one more element.
    /// - Throws: ``SerializationError`` with the element's offset when it is not valid.
    func readElement(
        at offset: inout Int,
        of frame: Range<Int>,
        into element: inout cbson_element
    ) throws(SerializationError) -> Bool {
        guard offset < frame.count - 1 else { return false }
        guard let start = unsafe bytes.baseAddress?.advanced(by: frame.lowerBound),
            unsafe cbson_read_element(start, frame.count, UInt32(offset), &element)
        else {
            throw failure(
                .malformed,
                "there is no element of a known type that ends within its document",
                at: frame.lowerBound + offset
            )
        }
        unsafe offset = Int(element.next)
        return true
    }

    /// The range of a document, array or scope that libbson has found in an element, once it is known that it nests no deeper
    /// than allowed.
    func enter(
        _ start: UnsafePointer<UInt8>?,
        _ length: UInt32,
        depth: Int
    ) throws(SerializationError) -> Range<Int> {
        let frame = unsafe try checkedFrame(start, length)
        guard depth <= Document.maximumDepth else {
            let message = "the document nests deeper than \(Document.maximumDepth) levels"
            throw failure(.limitExceeded, message, at: frame.lowerBound)
        }
        return frame
    }

    /// The range of a document, array or scope that libbson has found in an element.
    func checkedFrame(_ start: UnsafePointer<UInt8>?, _ length: UInt32) throws(SerializationError) -> Range<Int> {
        let offset = unsafe offset(of: start)
        let frame = offset..<(offset + Int(length))
        try checkFrame(frame)
        return frame
    }

    private func members(in frame: Range<Int>, depth: Int) throws(SerializationError) -> [Document.Member] {
        var members: [Document.Member] = []
        var offset = 4
        var element = unsafe cbson_element()
        while unsafe try readElement(at: &offset, of: frame, into: &element) {
            let name = unsafe try text(element.key, element.key_length)
            members.append(Document.Member(name, unsafe try document(of: element, depth: depth)))
        }
        return members
    }

    private func elements(in frame: Range<Int>, depth: Int) throws(SerializationError) -> [Document] {
        var elements: [Document] = []
        var offset = 4
        var element = unsafe cbson_element()
        while unsafe try readElement(at: &offset, of: frame, into: &element) {
            elements.append(unsafe try document(of: element, depth: depth))
        }
        return elements
    }

    /// Makes a tree of an element's value.
    func document(of element: cbson_element, depth: Int) throws(SerializationError) -> Document {
        switch unsafe element.type {
        case BSON_TYPE_UTF8, BSON_TYPE_SYMBOL, BSON_TYPE_CODE:
            return .string(unsafe try text(element.bytes, element.length))
        case BSON_TYPE_INT32, BSON_TYPE_INT64:
            return .integer(Int128(unsafe element.integer))
        case BSON_TYPE_DOCUMENT:
            return .map(
                try members(in: unsafe enter(element.bytes, element.length, depth: depth + 1), depth: depth + 1)
            )
        case BSON_TYPE_ARRAY:
            return .array(
                try elements(in: unsafe enter(element.bytes, element.length, depth: depth + 1), depth: depth + 1)
            )
        case BSON_TYPE_BINARY:
            return unsafe .bytes(Data(UnsafeBufferPointer(start: element.bytes, count: Int(element.length))))
        case BSON_TYPE_DATE_TIME:
            return .date(Date(bsonMilliseconds: unsafe element.integer))
        case BSON_TYPE_BOOL:
            return .bool(unsafe element.integer != 0)
        case BSON_TYPE_DOUBLE:
            return .float(unsafe element.floating)
        case BSON_TYPE_NULL, BSON_TYPE_UNDEFINED:
            return .null
        case BSON_TYPE_DECIMAL128:
            return BSONDecimal(unsafe element.decimal).document
        case BSON_TYPE_OID:
            return .string(unsafe objectID(element.object_id))
        default:
            return unsafe try extendedDocument(of: element, depth: depth)
        }
    }

    /// The types that only Extended JSON has a form for.
    private func extendedDocument(of element: cbson_element, depth: Int) throws(SerializationError) -> Document {
        func map(_ members: (String, Document)...) -> Document {
            .map(members.map { Document.Member($0.0, $0.1) })
        }
        let text = unsafe try text(element.bytes, element.length)
        switch unsafe element.type {
        case BSON_TYPE_REGEX:
            let options = unsafe try self.text(element.more_bytes, element.more_length)
            return map(("$regularExpression", map(("pattern", .string(text)), ("options", .string(options)))))
        case BSON_TYPE_CODEWSCOPE:
            let frame = unsafe try enter(element.more_bytes, element.more_length, depth: depth + 1)
            let scope = try members(in: frame, depth: depth + 1)
            return map(("$code", .string(text)), ("$scope", .map(scope)))
        case BSON_TYPE_TIMESTAMP:
            let seconds = Document.integer(Int128(unsafe element.integer))
            let increment = Document.integer(Int128(unsafe element.increment))
            return map(("$timestamp", map(("t", seconds), ("i", increment))))
        case BSON_TYPE_DBPOINTER:
            let identifier = unsafe objectID(element.object_id)
            return map(("$dbPointer", map(("$ref", .string(text)), ("$id", .string(identifier)))))
        case BSON_TYPE_MINKEY:
            return map(("$minKey", .integer(1)))
        default:
            return map(("$maxKey", .integer(1)))
        }
    }

    /// Checks and copies text.
    func text(_ start: UnsafePointer<UInt8>?, _ length: UInt32) throws(SerializationError) -> String {
        let utf8 = unsafe UnsafeBufferPointer(start: start, count: Int(length))
        unsafe try checkText(utf8)
        return unsafe utf8.span.string
    }

    /// Checks text.
    ///
    /// libbson's own check is not used: in some versions it never ends on some input (CVE-2023-0437).
    func checkText(_ utf8: UnsafeBufferPointer<UInt8>) throws(SerializationError) {
        guard unsafe utf8.span.isUTF8 else {
            throw failure(.malformed, "text is not UTF-8", at: unsafe offset(of: utf8.baseAddress))
        }
    }

    private func objectID(_ start: UnsafePointer<UInt8>?) -> String {
        let identifier = unsafe UnsafeBufferPointer(start: start, count: start == nil ? 0 : 12)
        return unsafe String(hexadecimal: identifier)
    }

    /// How many bytes are before a place that libbson points to.
    private func offset(of place: UnsafePointer<UInt8>?) -> Int {
        guard let place = unsafe place, let start = unsafe bytes.baseAddress else { return 0 }
        return unsafe start.distance(to: place)
    }

    private func failure(_ code: SerializationError.Code, _ message: String, at offset: Int) -> SerializationError {
        SerializationError(code, message, position: SerializationError.Position(offset: offset))
    }
}
#endif
