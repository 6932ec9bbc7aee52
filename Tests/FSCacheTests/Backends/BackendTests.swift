import Testing

@testable import FSCache

/// The backends that the package ships, each with what it needs for a test.
enum ShippedBackend: CaseIterable {
    case memory
    case filesystem
    /// On a system that can't resolve a path without links in one call.
    case filesystemByComponents
    /// With every write forced to the disk.
    case filesystemSynchronized

    func withBackend(_ body: (any CacheBackend) async throws -> Void) async throws {
        let scratch = try ScratchDirectory()
        var settings = FilesystemSettings(rootPath: scratch("cache"), preferredExtension: try .init("cbor").required)
        switch self {
        case .memory: return try await body(MemoryBackend())
        case .filesystem: break
        case .filesystemByComponents: settings.mayResolvePathsInOneCall = false
        case .filesystemSynchronized: settings.synchronizes = true
        }
        let backend = try FilesystemBackend(settings: settings)
        try await body(backend)
        await backend.close()
        let strays = try scratch.contents(of: "cache/tmp")
        #expect(strays.isEmpty)
    }
}

extension Optional {
    /// The value, which a test can't do without.
    var required: Wrapped {
        get throws { try #require(self) }
    }
}

@Suite("Backends")
struct BackendTests {
    @Test(
        "Every backend meets every requirement",
        arguments: BackendRequirement.all,
        [ShippedBackend.memory, .filesystem, .filesystemByComponents]
    )
    func meets(_ requirement: BackendRequirement, _ backend: ShippedBackend) async throws {
        try await backend.withBackend(requirement.verify)
    }

    @Test("Synchronized writes store equal entries", arguments: BackendRequirement.replacing)
    func synchronizes(_ requirement: BackendRequirement) async throws {
        try await ShippedBackend.filesystemSynchronized.withBackend(requirement.verify)
    }

    @Test("A backend of its own that lacks removeAll gets one that removes what it lists")
    func removesAllByListing() async throws {
        let backend = PlainBackend()
        for number in 0..<5 {
            try await backend.write(BackendRequirement.entry("\(number)"), for: BackendRequirement.key("\(number)"))
        }
        try await backend.removeAll()
        try await #expect(BackendRequirement.listings(backend).isEmpty)
    }
}

/// Has nothing but the requirements without a default.
private struct PlainBackend: CacheBackend {
    private let memory = MemoryBackend()

    func read(_ key: CacheKey) async throws -> EncodedEntry? { try await memory.read(key) }
    func write(_ entry: EncodedEntry, for key: CacheKey) async throws { try await memory.write(entry, for: key) }
    func remove(_ key: CacheKey) async throws -> Bool { try await memory.remove(key) }
    func setAside(_ entry: EncodedEntry, for key: CacheKey) async throws { try await memory.setAside(entry, for: key) }
    func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error> { memory.list(prefix: prefix) }
    func close() async { await memory.close() }
}
