/// A value of a document: in a tree, or still in the bytes of its format, where what nobody asks for is never made.
///
/// What lies in bytes must not outlive them.
package enum DocumentView {
    /// A value in a tree.
    case tree(Document)
    #if BSON
    /// A value in the bytes of BSON.
    case bson(BSONValue)
    #endif

    /// Hands out the members of a map, in order.
    ///
    /// - Parameter body: Called with the name, in UTF-8, and the value of each.
    /// - Returns: Whether this is a map.
    /// - Throws: What `body` throws, and ``SerializationError`` when the bytes are not of the format.
    package func forEachMember(_ body: (_ name: Span<UInt8>, _ value: DocumentView) throws -> Void) throws -> Bool {
        switch self {
        case .tree(.map(let members)):
            for member in members {
                var name = member.name
                try name.withUTF8 { try body(unsafe $0.span, .tree(member.value)) }
            }
            return true
        case .tree: return false
        #if BSON
        case .bson(let value): return try value.forEachMember(body)
        #endif
        }
    }

    /// Hands out the elements of an array, in order.
    ///
    /// - Parameter body: Called with each.
    /// - Returns: Whether this is an array.
    /// - Throws: What `body` throws, and ``SerializationError`` when the bytes are not of the format.
    package func forEachElement(_ body: (_ element: DocumentView) throws -> Void) throws -> Bool {
        switch self {
        case .tree(.array(let elements)):
            for element in elements { try body(.tree(element)) }
            return true
        case .tree: return false
        #if BSON
        case .bson(let value): return try value.forEachElement(body)
        #endif
        }
    }

    /// Lends the octets of a text.
    ///
    /// - Parameter body: Called with the text, in UTF-8.
    /// - Returns: What `body` returns; `nil` when this is no text, or one that does not stand there in UTF-8.
    /// - Throws: What `body` throws, and ``SerializationError`` when the bytes are not of the format.
    package func withText<Result>(_ body: (_ text: Span<UInt8>) throws -> Result) throws -> Result? {
        switch self {
        case .tree(.string(var text)): return try text.withUTF8 { try body(unsafe $0.span) }
        case .tree: return nil
        #if BSON
        case .bson(let value): return try value.withText(body)
        #endif
        }
    }

    /// Makes a tree of the value and all that is in it.
    ///
    /// - Returns: The tree.
    /// - Throws: ``SerializationError`` when the bytes are not of the format.
    package func document() throws(SerializationError) -> Document {
        switch self {
        case .tree(let document): document
        #if BSON
        case .bson(let value): try value.document()
        #endif
        }
    }
}
