package import Foundation

/// A value of a document: in a tree, or still in the bytes of its format, so that unused values are never created.
///
/// A value in bytes must not outlive them.
package enum DocumentView {
    /// A value in a tree.
    case tree(Document)
    #if BSON
    /// A value in the bytes of BSON.
    case bson(BSONValue)
    #endif

    /// Calls a closure with each member of a map, in order.
    ///
    /// - Parameter body: Called with the name, in UTF-8, and the value of each.
    /// - Returns: Whether this is a map.
    /// - Throws: ``SerializationError`` with the position.
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

    /// Calls a closure with each element of an array, in order.
    ///
    /// - Parameter body: Called with each.
    /// - Returns: Whether this is an array.
    /// - Throws: ``SerializationError`` with the position.
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

    /// Lends the UTF-8 of a text.
    ///
    /// - Parameter body: Called with the text, in UTF-8.
    /// - Returns: The result of `body`; `nil` unless this is text.
    /// - Throws: ``SerializationError`` with the position.
    package func withText<Result>(_ body: (_ text: Span<UInt8>) throws -> Result) throws -> Result? {
        switch self {
        case .tree(.string(var text)): return try text.withUTF8 { try body(unsafe $0.span) }
        case .tree: return nil
        #if BSON
        case .bson(let value): return try value.withText(body)
        #endif
        }
    }

    /// Makes a tree from the value and everything in it.
    package func document() throws(SerializationError) -> Document {
        switch self {
        case .tree(let document): document
        #if BSON
        case .bson(let value): try value.document()
        #endif
        }
    }
}

/// A type that reads its usual form directly from a view, which takes a fraction of the time of `Codable` and a tree.
package protocol DocumentReadable: Decodable {
    /// The members that readable formats keep as they are spelled: JSON, and slots that hold text only.
    static var keptMembers: MemberTree { get }

    /// Makes the value that `init(from:)` would make, or throws for any unusual input: then `init(from:)` decodes it, or
    /// reports the problem.
    init(usual view: DocumentView) throws
}

extension DocumentReadable {
    /// Nothing is kept.
    package static var keptMembers: MemberTree { .none }
}

/// A serializer that reads values from views: each one of this package.
package protocol ViewingSerializer: DocumentSerializer {
    /// Lends a view of a document's root.
    ///
    /// - Parameters:
    ///   - data: The document's bytes, which are untrusted.
    ///   - kept: The members that readable formats keep as they are spelled.
    ///   - body: Called with the view.
    /// - Returns: The result of `body`.
    /// - Throws: What ``DocumentSerializer/document(from:)`` throws, and what `body` throws.
    func withView<Result>(
        of data: Data,
        keeping kept: MemberTree,
        _ body: (_ root: DocumentView) throws -> Result
    ) throws -> Result
}

extension ViewingSerializer {
    package func withView<Result>(
        of data: Data,
        keeping kept: MemberTree,
        _ body: (_ root: DocumentView) throws -> Result
    ) throws -> Result {
        try body(.tree(document(from: data)))
    }

    /// Decodes a value directly if it has its usual form, and by `Codable` otherwise.
    package func read<Value: DocumentReadable>(_ type: Value.Type, from data: Data) throws -> Value {
        try withView(of: data, keeping: Value.keptMembers) { root in
            if let value = try? Value(usual: root) { return value }
            return try decode(type, of: root.document(), readFrom: data)
        }
    }
}
