import Crypto
import FSCache
import Foundation
import Origin
import Serializers

/// Compression and a signature around a serializer.
///
/// Whoever has no key can't plant a response.
@main
struct ComposedStages {
    static func main() async throws {
        let origin = Origin(["/report": .init("text/plain", String(repeating: "All is well. ", count: 1000))])
        let url = "https://example.com/report"
        // In a real program, this comes from where your secrets are.
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

        print("With another key the entry is a miss, never a response and never an error:")
        let stranger = try CachedSession(
            directory.path,
            serializer: JSONSerializer().staged(.gzip(), .signed(with: SymmetricKey(size: .bits256))),
            transport: origin
        )
        print(try await stranger.get(url))
        print("Entries that could not be decoded: \(stranger.cache.counts.undecodableEntries)")

        print("Encryption hides the content as well. Compress first: what is encrypted does not get smaller.")
        let secret = try CachedSession(
            directory.path,
            serializer: NativeSerializer().staged(.zstd(), .encrypted(with: key)),
            transport: origin
        )
        print(try await secret.get("\(url)?month=5"))
        print(try await secret.get("\(url)?month=5"))
    }
}
