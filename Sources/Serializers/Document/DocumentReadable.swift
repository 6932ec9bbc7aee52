/// A type that is made of a view of a document directly where that looks as it mostly does, because `Codable` takes a
/// multiple of the time, and the tree that it reads takes as much again.
package protocol DocumentReadable: Decodable {
    /// Throws when anything is out of the ordinary: `init(from:)` then decodes it, or says what is wrong and where.
    ///
    /// What it makes must be what `init(from:)` makes.
    init(usual view: DocumentView) throws
}

extension Decodable {
    /// Makes a value of a view, if its type is one that does so and nothing is out of the ordinary.
    static func usual(in view: DocumentView) -> Self? {
        func make<Readable: DocumentReadable>(_ type: Readable.Type) -> Self? {
            (try? type.init(usual: view)) as? Self
        }
        return (self as? any DocumentReadable.Type).flatMap { make($0) }
    }
}
