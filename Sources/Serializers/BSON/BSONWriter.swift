#if BSON
internal import CBSON
import Foundation

/// Appends a document to libbson's buffer.
///
/// The size is measured first. So the buffer has its final size from the start and the bytes of a body are copied once, and nothing is
/// appended that libbson could not hold: some of its versions overflow beyond 2 GiB (CVE-2025-0755).
@safe struct BSONWriter: ~Copyable {
    /// Memory for the document or array that is being written on each level below the root, on loan to libbson.
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
                // Nobody but the format knows of the member around the root.
                var error = error
                error.path = Array(error.path.dropFirst())
                throw error
            }
        }
        guard size <= Int32.max else {
            throw SerializationError(.unrepresentable, "BSON ends at 2 GiB, and this value takes \(size) bytes")
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
        SerializationError(.unrepresentable, "libbson has refused to write the value")
    }

    /// Appends an element.
    ///
    /// - Parameters:
    ///   - value: What to append, in which ``BSONSize`` has found nothing wrong.
    ///   - name: The element's name.
    ///   - parent: The document or array that it goes into.
    ///   - depth: The level of the parent, from 1.
    /// - Throws: ``SerializationError`` when libbson refuses an element.
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
    /// Gives the UTF-8 to C code that is told the length, and that does not take null for no characters.
    fileprivate func withCharacters(_ body: (UnsafePointer<CChar>, Int32) -> Bool) -> Bool {
        var text = self
        return text.withUTF8 { utf8 in
            let empty = unsafe ("" as StaticString).utf8Start
            let start = unsafe UnsafeRawPointer(utf8.baseAddress ?? empty)
            return unsafe body(start.assumingMemoryBound(to: CChar.self), Int32(utf8.count))
        }
    }
}
#endif
