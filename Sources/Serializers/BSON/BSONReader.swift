#if BSON
internal import CBSON
import Foundation

/// Reads BSON with libbson.
///
/// libbson checks the lengths of elements; this type checks those of the documents around them.
@safe struct BSONReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    /// The data that contains the bytes, if binary values may be slices of it instead of copies.
    private let data: UnsafePointer<Data>?
    /// How many more values may become part of a tree, if that is limited.
    private let remainingCount: UnsafeMutablePointer<Int>?

    /// Prepares to read bytes, which must outlive the reader.
    init(_ bytes: UnsafeRawBufferPointer) {
        unsafe self.bytes = bytes.assumingMemoryBound(to: UInt8.self)
        unsafe data = nil
        unsafe remainingCount = nil
    }

    /// Reads the root of some data, with binary values as slices of the data.
    ///
    /// - Parameters:
    ///   - data: The data.
    ///   - maximumValueCount: The largest number of values that may become part of a tree.
    ///   - body: Called with the root.
    /// - Returns: The result of `body`.
    /// - Throws: ``SerializationError``, and what `body` throws.
    static func withRoot<Result>(
        of data: Data,
        maximumValueCount: Int,
        _ body: (BSONValue) throws -> Result
    ) throws -> Result {
        var remainingCount = maximumValueCount
        return try unsafe withUnsafeMutablePointer(to: &remainingCount) { remainingCount in
            try unsafe withUnsafePointer(to: data) { pointer in
                try unsafe data.withUnsafeBytes { bytes in
                    let reader = unsafe BSONReader(
                        bytes: bytes.assumingMemoryBound(to: UInt8.self),
                        data: pointer,
                        remainingCount: remainingCount
                    )
                    return try body(try reader.root())
                }
            }
        }
    }

    private init(
        bytes: UnsafeBufferPointer<UInt8>,
        data: UnsafePointer<Data>?,
        remainingCount: UnsafeMutablePointer<Int>?
    ) {
        unsafe self.bytes = bytes
        unsafe self.data = data
        unsafe self.remainingCount = remainingCount
    }

    /// The root document, or its only value if that has an empty name.
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

    /// Checks that the root is a document, and returns its range.
    func checkedRoot() throws(SerializationError) -> Range<Int> {
        let root = unsafe 0..<bytes.count
        guard root.count <= Int32.max else {
            throw failure(.limitExceeded, "BSON is limited to 2 GiB", at: 0)
        }
        try checkFrame(root)
        let length = (0..<4).reduce(0) { length, index in unsafe length | Int(bytes[index]) << (8 * index) }
        guard length == root.count else {
            throw failure(.malformed, "the document declares \(length) bytes, but there are \(root.count)", at: 0)
        }
        return root
    }

    /// Checks that a document has room for its length and ends with a zero, which libbson doesn't check.
    private func checkFrame(_ frame: Range<Int>) throws(SerializationError) {
        guard frame.count >= 5, unsafe bytes[frame.upperBound - 1] == 0 else {
            throw failure(.malformed, "a document has at least five bytes, the last of them zero", at: frame.lowerBound)
        }
    }

    /// Reads an element and moves past it.
    ///
    /// - Parameters:
    ///   - offset: The element's offset in the document. It becomes the offset of the next one.
    ///   - frame: The range of the document, which must be valid.
    ///   - element: Receives the element.
    /// - Returns: Whether there was one more element.
    /// - Throws: ``SerializationError`` with the position.
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
                "expected an element of a known type that ends within its document",
                at: frame.lowerBound + offset
            )
        }
        unsafe offset = Int(element.next)
        return true
    }

    /// Checks the nesting of a document, array or scope in an element, and returns its range.
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

    /// Checks a document, array or scope in an element, and returns its range.
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

    /// Makes a tree from an element's value.
    func document(of element: cbson_element, depth: Int) throws(SerializationError) -> Document {
        if let remainingCount = unsafe remainingCount {
            unsafe remainingCount.pointee -= 1
            guard unsafe remainingCount.pointee >= 0 else {
                throw failure(.limitExceeded, "too many values", at: unsafe offset(of: element.bytes))
            }
        }
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
            return unsafe .bytes(binary(element.bytes, Int(element.length)))
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
            return .string(unsafe objectID(element.bytes))
        default:
            return unsafe try extendedDocument(of: element, depth: depth)
        }
    }

    /// The types that only Extended JSON can represent.
    private func extendedDocument(of element: cbson_element, depth: Int) throws(SerializationError) -> Document {
        func map(_ members: (String, Document)...) -> Document {
            .map(members.map { Document.Member($0.0, $0.1) })
        }
        let text = unsafe try text(element.bytes, element.length)
        switch unsafe element.type {
        case BSON_TYPE_REGEX:
            let options = unsafe try self.text(element.more.bytes, element.more.length)
            return map(("$regularExpression", map(("pattern", .string(text)), ("options", .string(options)))))
        case BSON_TYPE_CODEWSCOPE:
            let frame = unsafe try enter(element.more.bytes, element.more.length, depth: depth + 1)
            let scope = try members(in: frame, depth: depth + 1)
            return map(("$code", .string(text)), ("$scope", .map(scope)))
        case BSON_TYPE_TIMESTAMP:
            let bits = UInt64(bitPattern: unsafe element.integer)
            let (seconds, increment) = (Int128(bits >> 32), Int128(bits & 0xFFFF_FFFF))
            return map(("$timestamp", map(("t", .integer(seconds)), ("i", .integer(increment)))))
        case BSON_TYPE_DBPOINTER:
            let identifier = unsafe objectID(element.more.bytes)
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
    /// libbson's check is not used: in some versions it doesn't terminate on some input (CVE-2023-0437).
    func checkText(_ utf8: UnsafeBufferPointer<UInt8>) throws(SerializationError) {
        guard unsafe utf8.span.isUTF8 else {
            throw failure(.malformed, "text is not UTF-8", at: unsafe offset(of: utf8.baseAddress))
        }
    }

    private func binary(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Data {
        guard let data = unsafe data?.pointee, count > 256 else {
            return unsafe Data(UnsafeBufferPointer(start: start, count: count))
        }
        let first = unsafe data.startIndex + offset(of: start)
        return data[first..<(first + count)]
    }

    private func objectID(_ start: UnsafePointer<UInt8>?) -> String {
        let identifier = unsafe UnsafeBufferPointer(start: start, count: start == nil ? 0 : 12)
        return unsafe String(hexadecimal: identifier)
    }

    /// The offset of a pointer into the bytes.
    private func offset(of place: UnsafePointer<UInt8>?) -> Int {
        guard let place = unsafe place, let start = unsafe bytes.baseAddress else { return 0 }
        return unsafe start.distance(to: place)
    }

    private func failure(_ code: SerializationError.Code, _ message: String, at offset: Int) -> SerializationError {
        SerializationError(code, message, position: SerializationError.Position(offset: offset))
    }
}

extension BSONReader {
    /// The offset of an element, and the range of the document or array in it.
    private struct Place {
        var offset: Int
        var frame: Range<Int>?
    }

    /// Finds the element that a path leads to.
    ///
    /// - Returns: The element's offset, or `nil` if the value does not exist.
    func locate(_ path: [Document.PathElement]) -> Int? {
        guard let root = try? checkedRoot() else { return nil }
        var place = Place(offset: 0, frame: root)
        // The reader unwraps the root by the same rule.
        if find(.index(1), in: root) == nil, let wrapped = find(.member(""), in: root) { place = wrapped }
        for step in path {
            guard let frame = place.frame, let next = find(step, in: frame) else { return nil }
            place = next
        }
        return place.offset
    }

    /// Finds the last member with a name, or the element with an index.
    private func find(_ step: Document.PathElement, in frame: Range<Int>) -> Place? {
        var found: Place?
        var index = 0
        var start = 4
        var offset = start
        var element = unsafe cbson_element()
        while (unsafe try? readElement(at: &offset, of: frame, into: &element)) == true {
            let isFound =
                switch step {
                case .index(let wanted): index == wanted
                case .member(let name): (unsafe try? text(element.key, element.key_length)) == name
                }
            if isFound {
                let isContainer = unsafe element.type == BSON_TYPE_DOCUMENT || element.type == BSON_TYPE_ARRAY
                let inner = isContainer ? unsafe try? checkedFrame(element.bytes, element.length) : nil
                found = Place(offset: frame.lowerBound + start, frame: inner)
            }
            start = offset
            index += 1
        }
        return found
    }
}
#endif
