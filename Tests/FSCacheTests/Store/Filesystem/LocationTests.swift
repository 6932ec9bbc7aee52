import FSCacheTesting
import Foundation
import Testing

@testable import FSCache

@Suite("Filesystem backend's location")
struct LocationTests {
    private typealias Location = FilesystemBackend.Location

    private func resolve(_ location: FilesystemBackend.Location, _ environment: [String: String] = [:]) throws -> String
    {
        let environment = ["HOME": "/home/ada"].merging(environment) { $1 }
        return try location.resolve(environment: environment, workingDirectory: "/base")
    }

    @Test(
        "A path is used as given, ~ is expanded, a relative path starts at the working directory",
        arguments: [
            ("/var/cache/a", "/var/cache/a"), ("~", "/home/ada"), ("~/a b/ü", "/home/ada/a b/ü"), ("a/b", "/base/a/b"),
            ("./~", "/base/./~"), ("/~/a", "/~/a"), ("~root/a", NSHomeDirectoryForUser("root").map { $0 + "/a" } ?? ""),
        ]
    )
    func path(_ path: String, _ expected: String) throws {
        try #expect(resolve(.path(path)) == expected)
    }

    #if !canImport(Darwin)
    @Test(
        "A name is a directory among the user's caches, which the XDG variable can move",
        arguments: [
            ([:], "/home/ada/.cache/http_cache"), (["XDG_CACHE_HOME": "/caches"], "/caches/http_cache"),
            (["XDG_CACHE_HOME": ""], "/home/ada/.cache/http_cache"),
            (["XDG_CACHE_HOME": "relative"], "/home/ada/.cache/http_cache"),
        ]
    )
    func userCaches(_ environment: [String: String], _ expected: String) throws {
        try #expect(resolve(.userCaches("http_cache"), environment) == expected)
    }
    #endif

    @Test("A name can be a directory in the temporary directory, and is created there")
    func temporary() async throws {
        let name = "fscache-\(UUID().uuidString)"
        let backend = try FilesystemBackend(root: .temporary(name))
        defer { try? FileManager.default.removeItem(atPath: backend.rootPath) }
        let folder = FileManager.default.temporaryDirectory.appending(path: name)
        #expect(backend.rootPath == folder.path(percentEncoded: false))
        try await backend.write(BackendRequirement.entry("a"), for: BackendRequirement.key("a"))
        #expect(FileManager.default.fileExists(atPath: backend.rootPath + "/CACHEDIR.TAG"))
    }

    @Test(
        "A name that can't be a directory is rejected",
        arguments: [
            Location.path(""), .path("a\0b"), .path("~nobody-of-this-name/a"), .userCaches(""), .userCaches(".."),
            .userCaches("a/b"), .temporary("."), .temporary("/a"), .temporary("a\0"),
        ]
    )
    func refused(_ location: FilesystemBackend.Location) {
        let error = #expect(throws: FSCacheError.self) { try location.resolve() }
        #expect(error?.code == .invalidSetting)
    }
}
