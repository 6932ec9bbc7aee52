import Crypto
import FSCache
import Foundation
import Origin
import Serializers

/// Compresses and signs entries, so that nobody without the key can plant a response.
@main
struct ComposedStages {
    static func main() async throws {
        let origin = Origin(["/report": .init("text/plain", String(repeating: "All is well. ", count: 1000))])
        let url = "https://example.com/report"
        // In a real program, load it from your secret store.
        let key = SymmetricKey(size: .bits256)

        let directory = ScratchDirectory()
        defer { directory.remove() }

        let serializer = try JSONSerializer().staged(.gzip(), .signed(with: key))
        let session = try CachedSession(directory.path, serializer: serializer, transport: origin)
        print(try await session.get(url))
        print(try await session.get(url))
        for try await entry in session.cache.entries() {
            print("    \(entry.listing.byteCount) bytes in a .\(entry.listing.fileExtension) file")
        }

        print("With another key, the entry is a miss, neither a response nor an error:")
        let other = try CachedSession(
            directory.path,
            serializer: JSONSerializer().staged(.gzip(), .signed(with: SymmetricKey(size: .bits256))),
            transport: origin
        )
        print(try await other.get(url))
        print("Entries that could not be decoded: \(other.cache.counts.undecodableEntries)")

        print("Encryption also hides the content. Compress first, because encrypted bytes don't get smaller.")
        let secret = try CachedSession(
            directory.path,
            serializer: NativeSerializer().staged(.zstd(), .encrypted(with: key)),
            transport: origin
        )
        print(try await secret.get("\(url)?month=5"))
        print(try await secret.get("\(url)?month=5"))
    }
}
