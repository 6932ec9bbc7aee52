#if BSON
import Foundation

/// Measures what a document takes in BSON, and finds out what BSON can't hold, before anything is written.
enum BSONSize {
    /// The number of bytes of a document with these members.
    ///
    /// - Parameters:
    ///   - members: The members.
    ///   - depth: The level of the document, from 1.
    /// - Returns: The size, which may be more than BSON allows.
    /// - Throws: ``SerializationError`` with the path to what can't be written.
    static func of(_ members: [Document.Member], depth: Int) throws(SerializationError) -> Int {
        try enter(depth)
        var size = 5
        for member in members {
            do throws(SerializationError) {
                guard !member.name.utf8.contains(0) else {
                    throw SerializationError(.unrepresentable, "BSON has no names with a NUL in them")
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

    /// The number of bytes of a value, without its type and name.
    ///
    /// The depth is that of the document or array around it, from 1.
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
                    "the date \(date.timeIntervalSinceReferenceDate) s after 2001 is beyond BSON"
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
