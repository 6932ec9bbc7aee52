import FSCacheTesting
import Foundation
import TestSupport
import Testing

@testable import FSCache

@Suite("Filesystem backend and planted symbolic links")
struct PlantedLinkTests {
    private let scratch: ScratchDirectory
    private let key: CacheKey
    private let entry = BackendRequirement.entry("{}", "json")

    init() throws {
        scratch = try ScratchDirectory()
        key = try CacheKey("abcd" + String(repeating: "0", count: 60)).required
        try scratch.write("secret", to: "elsewhere/secret")
    }

    private func open(_ resolvesInOneCall: Bool) throws -> FilesystemBackend {
        var settings = FilesystemSettings(
            rootPath: scratch("cache"),
            preferredExtension: try FileExtension("json").required
        )
        settings.mayResolvePathsInOneCall = resolvesInOneCall
        return try FilesystemBackend(settings: settings)
    }

    private func expectFailure(
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () async throws -> Void
    ) async {
        let error = await #expect(throws: FSCacheError.self, sourceLocation: sourceLocation) { try await body() }
        #expect(error?.code == .storeFailed, sourceLocation: sourceLocation)
    }

    private func expectNothingElsewhere(sourceLocation: SourceLocation = #_sourceLocation) throws {
        try #expect(scratch.contents(of: "elsewhere") == ["secret"], sourceLocation: sourceLocation)
        try #expect(scratch.read("elsewhere/secret") == "secret", sourceLocation: sourceLocation)
        try #expect(scratch.temporaries() == [], sourceLocation: sourceLocation)
    }

    @Test("A link in an entry's place is not read through, and a write replaces it", arguments: [true, false])
    func atEntry(_ resolvesInOneCall: Bool) async throws {
        let backend = try open(resolvesInOneCall)
        try FileManager.default.createDirectory(atPath: scratch("cache/ab/cd"), withIntermediateDirectories: true)
        let place = "cache/ab/cd/\(key).json"
        try scratch.link(place, to: scratch("elsewhere/secret"))
        await expectFailure { _ = try await backend.read(key) }
        try await #expect(BackendRequirement.listings(backend) == [])
        try await #expect(backend.remove(key) == false)
        try await backend.write(entry, for: key)
        try await #expect(backend.read(key) == entry)
        try await #expect(BackendRequirement.listings(backend).count == 1)
        try expectNothingElsewhere()
    }

    @Test("A link in the place of a writer's temporary directory redirects nothing")
    func atTemporaryDirectory() async throws {
        try FileManager.default.createDirectory(atPath: scratch("cache/tmp"), withIntermediateDirectories: true)
        try scratch.write("half", to: "elsewhere/0123456789abcdef.partial")
        try scratch.link("cache/tmp/0", to: scratch("elsewhere"))
        let backend = try open(true)
        try await backend.write(entry, for: key)
        try await backend.sweep()
        try await #expect(backend.read(key) == entry)
        try #expect(scratch.contents(of: "elsewhere") == ["0123456789abcdef.partial", "secret"])
        try #expect(scratch.contents(of: "cache/tmp").contains("1"))
    }

    @Test(
        "A link in the place of a shard, at either level, redirects nothing",
        arguments: ["cache/ab", "cache/ab/cd"],
        [true, false]
    )
    func atShard(_ name: String, _ resolvesInOneCall: Bool) async throws {
        let backend = try open(resolvesInOneCall)
        if name == "cache/ab/cd" {
            try FileManager.default.createDirectory(atPath: scratch("cache/ab"), withIntermediateDirectories: true)
        } else {
            try FileManager.default.createDirectory(atPath: scratch("elsewhere/cd"), withIntermediateDirectories: true)
        }
        try scratch.link(name, to: scratch("elsewhere"))
        await expectFailure { _ = try await backend.read(key) }
        await expectFailure { try await backend.write(entry, for: key) }
        await expectFailure { try await backend.remove(key) }
        await expectFailure { try await backend.setAside(entry, for: key) }
        try await #expect(BackendRequirement.listings(backend) == [])
        try await backend.removeAll()
        if name == "cache/ab" {
            try #expect(scratch.contents(of: "elsewhere") == ["cd", "secret"])
        } else {
            try expectNothingElsewhere()
        }
        #expect(throws: Never.self) { try FileManager.default.destinationOfSymbolicLink(atPath: scratch(name)) }
    }

    @Test("The message names the link", arguments: ["ab", "ab/cd", ""], [true, false])
    func message(_ name: String, _ resolvesInOneCall: Bool) async throws {
        let backend = try open(resolvesInOneCall)
        try await backend.write(entry, for: key)
        let path = name.isEmpty ? "ab/cd/\(key).json" : name
        try FileManager.default.moveItem(atPath: scratch("cache/\(path)"), toPath: scratch("moved"))
        try scratch.link("cache/\(path)", to: scratch("moved"))
        let error = await #expect(throws: FSCacheError.self) { try await backend.read(key) }
        let message = error?.message ?? ""
        #expect(message.contains("\(scratch("cache/\(path)")) is a symbolic link"), "\(message)")
    }

    @Test("A read-only cache follows links to files, to directories, and to files of another format")
    func farm() async throws {
        let backend = try open(true)
        let other = BackendRequirement.entry("other", "yaml")
        let otherKey = try CacheKey("abce" + String(repeating: "0", count: 60)).required
        try await backend.write(entry, for: key)
        try await backend.write(other, for: otherKey)
        // As with `cp -rs cache files`.
        try FileManager.default.createDirectory(atPath: scratch("files"), withIntermediateDirectories: true)
        for name in try scratch.contents(of: "cache") {
            let target = URL(filePath: scratch("cache/\(name)"))
            if try target.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true {
                try FileManager.default.createDirectory(
                    atPath: scratch("files/\(name)"),
                    withIntermediateDirectories: true
                )
            } else {
                try scratch.link("files/\(name)", to: target.path(percentEncoded: false))
            }
        }
        try FileManager.default.createDirectory(atPath: scratch("folders"), withIntermediateDirectories: true)
        try scratch.link("folders/ab", to: scratch("cache/ab"))
        try scratch.link("folders/fscache.layout", to: scratch("cache/fscache.layout"))
        try scratch.link("all", to: scratch("cache"))

        let before = try scratch.contents()
        for root in ["files", "folders", "all"] {
            let farm = try FilesystemBackend(
                root: .path(scratch(root)),
                preferredExtension: "json",
                isReadOnly: true
            )
            try await #expect(farm.read(key) == entry, "\(root)")
            try await #expect(farm.read(otherKey) == other, "\(root)")
            try await #expect(farm.open(key)?.byteCount == entry.bytes.count)
            #expect(farm.identity(of: key) != nil)
            try await #expect(BackendRequirement.listings(farm).map(\.key) == [key, otherKey], "\(root)")
            await expectFailure { try await farm.write(entry, for: key) }
            await expectFailure { try await farm.remove(key) }
            await expectFailure { try await farm.setAside(entry, for: key) }
        }
        try #expect(scratch.contents() == before)
        for root in ["files", "folders"] {
            let error = #expect(throws: FSCacheError.self) { try FilesystemBackend(root: .path(scratch(root))) }
            #expect(error?.message.contains("its fscache.layout is a symbolic link") == true)
        }
    }

    @Test("In a read-only cache, a link to nothing, to itself or to a directory is no entry")
    func brokenFarm() async throws {
        try await open(true).write(entry, for: key)
        let path = "cache/ab/cd/\(key).json"
        for target in ["nothing", "\(key).json", ".."] {
            try FileManager.default.removeItem(atPath: scratch(path))
            try scratch.link(path, to: target)
            let farm = try FilesystemBackend(
                root: .path(scratch("cache")),
                preferredExtension: "json",
                isReadOnly: true
            )
            #expect(await (try? farm.read(key)) == nil)
            try await #expect(BackendRequirement.listings(farm) == [])
        }
    }

    @Test("A root that is the user's link to another directory is used")
    func atRootByPath() async throws {
        try FileManager.default.createDirectory(atPath: scratch("disk/cache"), withIntermediateDirectories: true)
        try scratch.link("cache", to: scratch("disk/cache"))
        try await open(true).write(entry, for: key)
        try #expect(scratch.read("disk/cache/ab/cd/\(key).json") == "{}")
    }

    @Test("In a world-writable directory, a root that is a link is rejected")
    func atRootInSharedDirectory() throws {
        try scratch.link("cache", to: scratch("elsewhere"))
        try expectRefused()
        try #expect(scratch.contents(of: "elsewhere") == ["secret"])
    }

    @Test("In a world-writable directory, a root that others may write to is rejected")
    func sharedRootOfOthers() throws {
        try FileManager.default.createDirectory(atPath: scratch("cache"), withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: scratch("cache"))
        try expectRefused()
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: scratch("cache"))
        #expect(throws: Never.self) { try FilesystemBackend(settings: sharedSettings()) }
        guard getuid() == 0 else { return }
        let result = unsafe chown(scratch("cache"), 65_534, 65_534)
        #expect(result == 0)
        try expectRefused()
    }

    private func sharedSettings() throws -> FilesystemSettings {
        FilesystemSettings(
            rootPath: scratch("cache"),
            isRootInSharedDirectory: true,
            preferredExtension: try FileExtension("json").required
        )
    }

    private func expectRefused(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let settings = try sharedSettings()
        let error = #expect(throws: FSCacheError.self, sourceLocation: sourceLocation) {
            try FilesystemBackend(settings: settings)
        }
        #expect(error?.code == .unusableStore, sourceLocation: sourceLocation)
    }
}
