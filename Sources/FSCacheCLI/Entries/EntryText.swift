import FSCache
import Foundation
import Serializers

/// An entry as text to be read, whatever format it is stored in: YAML, or JSON where this build has no YAML.
struct EntryText {
    private let serializer: any Serializer
    private let bytes: Data

    init(_ response: StoredResponse, key: CacheKey) throws {
        let registry = SerializerRegistry.standard
        serializer = (try? registry.serializer(named: "yaml")) ?? .json
        bytes = try response.encoded(with: serializer, for: key)
    }

    /// All of it, the body last.
    var whole: Data { bytes }

    /// What comes before the body.
    func head() throws -> Data {
        // In YAML, nothing but a name of the outermost map begins a line without an indentation.
        if let end = bytes.firstRange(of: Data("\nbody:".utf8)) { return bytes[...end.lowerBound] }
        guard case .map(let members) = try serializer.decode(Document.self, from: bytes) else { return bytes }
        return try serializer.encode(Document.map(members.filter { $0.name != "body" }))
    }
}
