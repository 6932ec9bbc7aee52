#if BSON
internal import CBSON
import Foundation

/// Appends a document to libbson's buffer.
///
/// It measures the size first. The buffer then has its final size from the start, so bodies are copied once, and
/// libbson never overflows, as some versions do beyond 2 GiB (CVE-2025-0755).
@safe struct BSONWriter: ~Copyable {
    /// Memory that libbson uses for the open document or array of each level below the root.
    private var levels: [OpaquePointer] = unsafe []

    private init() {}

    deinit {
        unsafe levels.forEach { unsafe UnsafeMutableRawPointer($0).deallocate() }
    }

    /// Writes a whole document.
    static func bytes(of document: Document) throws(SerializationError) -> Data {
        let members: [Document.Member]
        let size: Int
        switch try document.unwrapped() {
        case .map(let root) where root.count != 1 || !root[0].name.isEmpty:
            members = root
            size = try BSONSize.of(members, depth: 1)
        case let root:
            members = [Document.Member("", root)]
            do {
                size = try BSONSize.of(members, depth: 1)
            } catch {
                // The member around the root is an implementation detail.
                var error = error
                error.path = Array(error.path.dropFirst())
                throw error
            }
        }
        guard size <= Int32.max else {
            throw SerializationError(.unrepresentable, "BSON is limited to 2 GiB, and this value takes \(size) bytes")
        }
        guard let root = unsafe cbson_new(size) else { throw refused }
        var writer = BSONWriter()
        do {
            for member in members { unsafe try writer.append(member.value, named: member.name, to: root, depth: 1) }
        } catch {
            unsafe cbson_destroy(root)
            throw error
        }
        var length: UInt32 = 0
        guard let bytes = unsafe cbson_finish(root, &length) else { throw refused }
        return unsafe Data(
            bytesNoCopy: bytes,
            count: Int(length),
            deallocator: .custom { bytes, _ in unsafe bson_free(bytes) }
        )
    }

    private static var refused: SerializationError {
        SerializationError(.unrepresentable, "libbson can't write the value")
    }

    /// Appends an element.
    ///
    /// - Parameters:
    ///   - value: The value to append, which ``BSONSize`` has accepted.
    ///   - name: The element's name.
    ///   - parent: The document or array that it goes into.
    ///   - depth: The level of the parent, from 1.
    /// - Throws: ``SerializationError`` with the path.
    private mutating func append(
        _ value: Document,
        named name: String,
        to parent: OpaquePointer,
        depth: Int
    ) throws(SerializationError) {
        switch value {
        case .map(let members):
            let child = unsafe memory(below: depth)
            let isBegun = unsafe name.withCharacters { unsafe cbson_begin_document(parent, $0, $1, child) }
            guard isBegun else { throw Self.refused }
            for member in members { unsafe try append(member.value, named: member.name, to: child, depth: depth + 1) }
            guard unsafe cbson_end_document(parent, child) else { throw Self.refused }
        case .array(let elements):
            let child = unsafe memory(below: depth)
            let isBegun = unsafe name.withCharacters { unsafe cbson_begin_array(parent, $0, $1, child) }
            guard isBegun else { throw Self.refused }
            for index in elements.indices {
                unsafe try append(elements[index], named: String(index), to: child, depth: depth + 1)
            }
            guard unsafe cbson_end_array(parent, child) else { throw Self.refused }
        case .json(let text):
            unsafe try append(text.document(), named: name, to: parent, depth: depth)
        default:
            let isAppended = unsafe name.withCharacters { unsafe appendScalar(value, $0, $1, to: parent) }
            guard isAppended else { throw Self.refused }
        }
    }

    private func appendScalar(
        _ value: Document,
        _ name: UnsafePointer<CChar>,
        _ nameLength: Int32,
        to parent: OpaquePointer
    ) -> Bool {
        func append(_ text: String) -> Bool {
            unsafe text.withCharacters { unsafe cbson_append_text(parent, name, nameLength, $0, $1) }
        }
        func append(decimal spelling: String) -> Bool {
            guard let decimal = BSONDecimal(exactly: spelling) else { return false }
            return unsafe cbson_append_decimal(parent, name, nameLength, decimal.bits)
        }
        switch value {
        case .null, .array, .map, .json:
            return unsafe cbson_append_null(parent, name, nameLength)
        case .bool(let value):
            return unsafe cbson_append_bool(parent, name, nameLength, value)
        case .integer(let value):
            if let value = Int32(exactly: value) { return unsafe cbson_append_int32(parent, name, nameLength, value) }
            if let value = Int64(exactly: value) { return unsafe cbson_append_int64(parent, name, nameLength, value) }
            return append(decimal: String(value))
        case .float(let value):
            return unsafe cbson_append_double(parent, name, nameLength, value)
        case .number(let spelling):
            return append(decimal: spelling)
        case .string(let text):
            return append(text)
        case .bytes(let data):
            return unsafe data.withUnsafeBytes { bytes in
                let start = unsafe bytes.assumingMemoryBound(to: UInt8.self).baseAddress
                return unsafe cbson_append_binary(parent, name, nameLength, start, UInt32(bytes.count))
            }
        case .date(let date):
            switch BSONDate(date) {
            case .milliseconds(let milliseconds):
                return unsafe cbson_append_date(parent, name, nameLength, milliseconds)
            case .text(let text): return append(text)
            case nil: return false
            }
        }
    }

    /// The memory for a child of a document or array on some level.
    private mutating func memory(below depth: Int) -> OpaquePointer {
        while unsafe levels.count < depth {
            let memory = UnsafeMutableRawPointer.allocate(
                byteCount: cbson_document_size(),
                alignment: cbson_document_alignment()
            )
            unsafe levels.append(OpaquePointer(memory))
        }
        return unsafe levels[depth - 1]
    }
}

extension String {
    /// Lends the UTF-8 to C code that takes a length and doesn't accept a null pointer for an empty string.
    fileprivate func withCharacters(_ body: (UnsafePointer<CChar>, Int32) -> Bool) -> Bool {
        var text = self
        return text.withUTF8 { utf8 in
            let empty = unsafe ("" as StaticString).utf8Start
            let start = unsafe UnsafeRawPointer(utf8.baseAddress ?? empty)
            return unsafe body(start.assumingMemoryBound(to: CChar.self), Int32(utf8.count))
        }
    }
}

/// Measures the size of a document in BSON before it is written, and throws for values that BSON can't hold.
enum BSONSize {
    /// The number of bytes of a document with these members.
    ///
    /// - Parameters:
    ///   - members: The members.
    ///   - depth: The level of the document, from 1.
    /// - Returns: The size, which may be more than BSON allows.
    /// - Throws: ``SerializationError`` with the path.
    static func of(_ members: [Document.Member], depth: Int) throws(SerializationError) -> Int {
        try enter(depth)
        var size = 5
        for member in members {
            do throws(SerializationError) {
                guard !member.name.utf8.contains(0) else {
                    throw SerializationError(.unrepresentable, "BSON names can't contain NUL")
                }
                size += try 2 + member.name.utf8.count + of(member.value, depth: depth)
            } catch {
                throw error.prefixed(by: .member(member.name))
            }
        }
        return size
    }

    private static func of(_ elements: [Document], depth: Int) throws(SerializationError) -> Int {
        try enter(depth)
        var size = 5
        // The index is the name, in decimal digits.
        var digits = 1
        var limit = 10
        for (index, element) in elements.enumerated() {
            if index == limit {
                digits += 1
                limit *= 10
            }
            do {
                size += try 2 + digits + of(element, depth: depth)
            } catch {
                throw error.prefixed(by: .index(index))
            }
        }
        return size
    }

    private static func enter(_ depth: Int) throws(SerializationError) {
        guard depth <= Document.maximumDepth else {
            throw SerializationError(.limitExceeded, "the value nests deeper than \(Document.maximumDepth) levels")
        }
    }

    /// The number of bytes of a value, without its type and name, in a document or array at some depth from 1.
    private static func of(_ value: Document, depth: Int) throws(SerializationError) -> Int {
        switch value {
        case .null: return 0
        case .bool: return 1
        case .integer(let value):
            if Int32(exactly: value) != nil { return 4 }
            if Int64(exactly: value) != nil { return 8 }
            return try ofDecimal(String(value))
        case .float: return 8
        case .number(let spelling): return try ofDecimal(spelling)
        case .string(let text): return of(text)
        case .bytes(let data): return 5 + data.count
        case .date(let date):
            switch BSONDate(date) {
            case .milliseconds: return 8
            case .text(let text): return of(text)
            case nil:
                throw SerializationError(
                    .unrepresentable,
                    "the date \(date.timeIntervalSinceReferenceDate) s after 2001 is outside the range of BSON"
                )
            }
        case .array(let elements): return try of(elements, depth: depth + 1)
        case .map(let members): return try of(members, depth: depth + 1)
        case .json(let text): return try of(text.document(), depth: depth)
        }
    }

    private static func of(_ text: String) -> Int { 4 + text.utf8.count + 1 }

    private static func ofDecimal(_ spelling: String) throws(SerializationError) -> Int {
        guard BSONDecimal(exactly: spelling) != nil else {
            throw SerializationError(.unrepresentable, "Decimal128 can't hold \(spelling.prefix(50)) exactly")
        }
        return 16
    }
}
#endif
