/// A type that is made of a document directly where that looks as it mostly does, because `Codable` takes a multiple of
/// the time.
package protocol DocumentReadable: Decodable {
    /// Fails when anything is out of the ordinary: `init(from:)` then decodes it, or says what is wrong and where.
    ///
    /// What it makes must be what `init(from:)` makes.
    init?(usual document: Document)
}
