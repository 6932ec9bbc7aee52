import Serializers

/// A document read value by value through a view.
struct SeenDocument: DocumentReadable {
    let document: Document
    /// Whether it was a view, not `Codable`.
    let isSeen: Bool

    init(usual view: DocumentView) throws {
        document = try Self.tree(view)
        isSeen = true
    }

    init(from decoder: any Decoder) throws {
        document = try Document(from: decoder)
        isSeen = false
    }

    /// Whether another document is equal, where NaN equals NaN.
    func isSame(as other: Document) -> Bool {
        document == other || "\(document)" == "\(other)"
    }

    private struct NotUTF8: Error {}

    private static func tree(_ view: DocumentView) throws -> Document {
        var members: [Document.Member] = []
        let isMap = try view.forEachMember { name, value in
            guard let name = name.validatedString else { throw NotUTF8() }
            members.append(Document.Member(name, try tree(value)))
        }
        if isMap { return .map(members) }
        var elements: [Document] = []
        let isArray = try view.forEachElement { elements.append(try tree($0)) }
        return isArray ? .array(elements) : try view.document()
    }
}
