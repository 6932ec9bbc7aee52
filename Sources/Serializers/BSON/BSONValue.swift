#if BSON
internal import CBSON

/// A value in the bytes of a BSON document, which must outlive it.
@safe package struct BSONValue {
    private let element: cbson_element
    private let reader: BSONReader
    /// The number of documents and arrays around the value.
    private let depth: Int

    init(_ element: cbson_element, in reader: BSONReader, depth: Int) {
        unsafe self.element = element
        self.reader = reader
        self.depth = depth
    }

    /// Calls a closure with the members of a document; see ``DocumentView/forEachMember(_:)``.
    func forEachMember(_ body: (_ name: Span<UInt8>, _ value: DocumentView) throws -> Void) throws -> Bool {
        guard unsafe element.type == BSON_TYPE_DOCUMENT else { return false }
        let frame = unsafe try reader.enter(element.bytes, element.length, depth: depth + 1)
        var offset = 4
        var member = unsafe cbson_element()
        while unsafe try reader.readElement(at: &offset, of: frame, into: &member) {
            let name = unsafe UnsafeBufferPointer(start: member.key, count: Int(member.key_length))
            unsafe try reader.checkText(name)
            try body(unsafe name.span, .bson(unsafe BSONValue(member, in: reader, depth: depth + 1)))
        }
        return true
    }

    /// Calls a closure with the elements of an array; see ``DocumentView/forEachElement(_:)``.
    func forEachElement(_ body: (_ element: DocumentView) throws -> Void) throws -> Bool {
        guard unsafe element.type == BSON_TYPE_ARRAY else { return false }
        let frame = unsafe try reader.enter(element.bytes, element.length, depth: depth + 1)
        var offset = 4
        var element = unsafe cbson_element()
        while unsafe try reader.readElement(at: &offset, of: frame, into: &element) {
            try body(.bson(unsafe BSONValue(element, in: reader, depth: depth + 1)))
        }
        return true
    }

    /// Lends the octets of a text; see ``DocumentView/withText(_:)``.
    func withText<Result>(_ body: (_ text: Span<UInt8>) throws -> Result) throws -> Result? {
        guard unsafe element.type == BSON_TYPE_UTF8 else { return nil }
        let text = unsafe UnsafeBufferPointer(start: element.bytes, count: Int(element.length))
        unsafe try reader.checkText(text)
        return try body(unsafe text.span)
    }

    /// Makes a tree from the value and everything in it.
    func document() throws(SerializationError) -> Document {
        unsafe try reader.document(of: element, depth: depth)
    }
}
#endif
