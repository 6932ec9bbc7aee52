/// The coding key that the bridge itself puts into coding paths: a member's name, or an index.
package struct DocumentKey: CodingKey {
    /// The step that the key stands for.
    package let element: Document.PathElement

    /// Makes a key for a step.
    ///
    /// - Parameter element: The step.
    package init(_ element: Document.PathElement) { self.element = element }

    package init(stringValue: String) { self.init(.member(stringValue)) }

    package init(intValue: Int) { self.init(.index(intValue)) }

    package var stringValue: String {
        switch element {
        case .member(let name): name
        case .index(let index): "Index \(index)"
        }
    }

    package var intValue: Int? {
        switch element {
        case .member: nil
        case .index(let index): index
        }
    }

    /// The key under which a class encodes its superclass when it gives none.
    static let `super` = DocumentKey(.member("super"))
}

extension Document.PathElement {
    /// The step that a coding key stands for.
    ///
    /// A key with an `intValue` may still name a member, as in a dictionary with `Int` keys, so that only the bridge's own keys are
    /// indices.
    init(_ key: some CodingKey) {
        self = (key as? DocumentKey)?.element ?? .member(key.stringValue)
    }

    init(_ key: any CodingKey) {
        self = (key as? DocumentKey)?.element ?? .member(key.stringValue)
    }
}
