#if MongoDB
internal import CMongoC
internal import Foundation

/// A BSON document whose elements are read with libbson.
struct BSONDocument: Sendable {
    /// The document, with the length at its beginning and the zero at its end.
    let bytes: Data

    /// Checks the length and the end, which libbson doesn't.
    init?(_ bytes: Data) {
        guard bytes.count >= 5, bytes.count <= Int(Int32.max), bytes.last == 0 else { return nil }
        let length = bytes.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length == bytes.count else { return nil }
        self.bytes = bytes
    }

    /// A value of an element.
    enum Value: Sendable {
        case string(String)
        case integer(Int64)
        /// The milliseconds since 1970.
        case date(Int64)
        case bool(UInt8)
        case bytes(Data, subtype: Int64)
        case document(BSONDocument)
        case array(BSONDocument)
        /// Null or a number with a fraction.
        case scalar
        /// Another type, or a value that is not valid.
        case other
    }

    /// Reads the element at an offset and moves past it.
    ///
    /// - Parameter offset: The element's offset, which is 4 for the first one.
    /// - Returns: The range of its name in ``bytes``, and its value, or `nil` at the end and where no element is valid.
    func element(at offset: inout Int) -> (name: Data, value: Value)? {
        guard offset < bytes.count - 1 else { return nil }
        var element = cmongoc_element()
        let isValid = unsafe bytes.withUnsafeBytes { document in
            let start = unsafe document.assumingMemoryBound(to: UInt8.self).baseAddress
            return unsafe cmongoc_read_element(start, document.count, UInt32(offset), &element)
        }
        guard isValid else { return nil }
        offset = Int(element.next)
        return (slice(element.key, element.key_length), value(of: element))
    }

    /// The value of the first element with a name.
    subscript(name: String) -> Value? {
        var offset = 4
        while let element = element(at: &offset) {
            if element.name.elementsEqual(name.utf8) { return element.value }
        }
        return nil
    }

    private func value(of element: cmongoc_element) -> Value {
        let content = slice(element.start, element.length)
        switch element.type {
        case BSON_TYPE_UTF8: return String(validating: content, as: UTF8.self).map { .string($0) } ?? .other
        case BSON_TYPE_INT32, BSON_TYPE_INT64: return .integer(element.integer)
        case BSON_TYPE_DATE_TIME: return .date(element.integer)
        case BSON_TYPE_BOOL: return .bool(UInt8(truncatingIfNeeded: element.integer))
        case BSON_TYPE_BINARY: return .bytes(content, subtype: element.integer)
        case BSON_TYPE_DOCUMENT: return BSONDocument(content).map { .document($0) } ?? .other
        case BSON_TYPE_ARRAY: return BSONDocument(content).map { .array($0) } ?? .other
        case BSON_TYPE_NULL, BSON_TYPE_DOUBLE, BSON_TYPE_DECIMAL128: return .scalar
        default: return .other
        }
    }

    private func slice(_ start: UInt32, _ length: UInt32) -> Data {
        let first = bytes.startIndex + Int(start)
        return bytes[first..<(first + Int(length))]
    }
}

extension BSONDocument {
    subscript(string name: String) -> String? {
        if case .string(let text)? = self[name] { text } else { nil }
    }

    subscript(integer name: String) -> Int? {
        if case .integer(let value)? = self[name] { Int(value) } else { nil }
    }

    subscript(date name: String) -> Date? {
        if case .date(let milliseconds)? = self[name] { Date(milliseconds: milliseconds) } else { nil }
    }

    subscript(document name: String) -> BSONDocument? {
        if case .document(let document)? = self[name] { document } else { nil }
    }

    /// The documents in an array.
    subscript(documents name: String) -> [BSONDocument] {
        guard case .array(let array)? = self[name] else { return [] }
        var documents: [BSONDocument] = []
        var offset = 4
        while let element = array.element(at: &offset) {
            if case .document(let document) = element.value { documents.append(document) }
        }
        return documents
    }
}

extension BSONDocument {
    /// MongoDB allows 100 levels of documents and arrays, two of which are around an entry.
    private static let maximumDepth = 98

    /// Whether every server gives the document back byte for byte if it is stored within another one.
    ///
    /// Servers may drop members with equal names, number the elements of arrays anew, and refuse names with a dollar sign
    /// and dates that some drivers can't read. Our serializer writes few types, so others are not considered.
    var isStoredUnchanged: Bool { isStoredUnchanged(isArray: false, depth: 1) }

    private func isStoredUnchanged(isArray: Bool, depth: Int) -> Bool {
        guard depth <= Self.maximumDepth else { return false }
        var names: Set<String> = []
        var index = 0
        var offset = 4
        while let (name, value) = element(at: &offset) {
            guard let name = String(validating: name, as: UTF8.self), !name.hasPrefix("$"),
                isArray ? name == String(index) : names.insert(name).inserted
            else { return false }
            index += 1
            switch value {
            case .string, .integer, .scalar: break
            case .bool(let byte) where byte <= 1: break
            case .date(let milliseconds) where Date(milliseconds: milliseconds).milliseconds == milliseconds: break
            case .bytes(_, subtype: 0): break
            case .document(let inner) where inner.isStoredUnchanged(isArray: false, depth: depth + 1): break
            case .array(let inner) where inner.isStoredUnchanged(isArray: true, depth: depth + 1): break
            default: return false
            }
        }
        return offset == bytes.count - 1
    }
}
#endif
