public import Foundation
internal import Synchronization

extension LayeredBackend: StreamingBackend {
    /// Opens an entry in the first layer that has it.
    ///
    /// A small one is copied to the layers before.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The entry, or `nil` if no layer has one.
    /// - Throws: The error of a layer, if no other one has the entry.
    public func open(_ key: CacheKey) async throws -> (any EntryReader)? {
        try await find(key) { place in try await place.capabilities.open(key).map(AnyEntryReader.init) }
    }

    /// Starts writing an entry to the shared layer, or to the next one before it if that fails.
    ///
    /// The layers in front get the entry when it is read.
    ///
    /// - Parameters:
    ///   - key: The entry's key.
    ///   - fileExtension: The serializer's file extension.
    ///   - expires: When the response becomes stale.
    /// - Returns: A writer for the entry's bytes.
    /// - Throws: The error of the shared layer, if no layer can be written.
    public func makeWriter(
        for key: CacheKey,
        fileExtension: String,
        expires: Date?
    ) async throws -> any EntryWriter {
        guard !isClosed.load(ordering: .relaxed) else { throw Self.closedError }
        var failure: (any Error)?
        for place in writable {
            do {
                let writer = try await place.capabilities.makeWriter(
                    for: key,
                    fileExtension: fileExtension,
                    expires: expires
                )
                return LayerWriter(writer, key, self)
            } catch {
                note(error, of: place, "write")
                failure = failure ?? error
            }
        }
        throw failure ?? FSCacheError(.storeFailed, "Can't write: all layers are read-only.")
    }

    /// An entry of any layer, to be read in pieces.
    private struct AnyEntryReader: EntryReader {
        let base: any EntryReader

        var fileExtension: String { base.fileExtension }
        var byteCount: Int { base.byteCount }

        func read(from offset: Int, upTo count: Int) async throws -> Data {
            try await base.read(from: offset, upTo: count)
        }
    }

    /// Writes an entry to one layer, and makes those in front forget the previous one.
    private struct LayerWriter: EntryWriter {
        private let base: any EntryWriter
        private let key: CacheKey
        private let layers: LayeredBackend

        init(_ base: any EntryWriter, _ key: CacheKey, _ layers: LayeredBackend) {
            self.base = base
            self.key = key
            self.layers = layers
        }

        func append(_ bytes: Data) async throws { try await base.append(bytes) }

        func overwrite(at offset: Int, with bytes: Data) async throws {
            try await base.overwrite(at: offset, with: bytes)
        }

        func read(from offset: Int, upTo count: Int) async throws -> Data {
            try await base.read(from: offset, upTo: count)
        }

        func commit() async throws {
            try await base.commit()
            layers.setUnchecked(key)
        }
    }
}
