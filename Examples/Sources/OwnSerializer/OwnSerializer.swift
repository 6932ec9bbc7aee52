import FSCache
import Foundation
import Origin
import Serializers

/// Makes a format from a coder that supports Codable.
struct PropertyListSerializer: Serializer {
    let name = "plist"
    let fileExtension = "plist"
    let isHumanReadable = false

    func encode(_ value: some Encodable) throws -> Data {
        try PropertyListEncoder().encode(value)
    }

    func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        try PropertyListDecoder().decode(type, from: data)
    }
}

@main
struct OwnSerializer {
    static func main() async throws {
        let origin = Origin(["/hello": .init("text/plain", "Hello!\n")])
        let url = "https://example.com/hello"

        let directory = ScratchDirectory()
        defer { directory.remove() }

        let session = try CachedSession(directory.path, serializer: PropertyListSerializer(), transport: origin)
        print(try await session.get(url))
        print(try await session.get(url))
        for file in directory.files { print("    \(file)") }

        // A session with another format reads these entries if its registry knows the serializer.
        let cache = try ResponseCache(
            directory.path,
            serializer: .json,
            registry: .standard.registering(PropertyListSerializer())
        )
        let other = CachedSession(cache: cache, transport: origin)
        print("A session that writes JSON: \(try await other.get(url))")
    }
}
