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
        "P-67: a path is taken as it is, ~ is expanded, a relative one counts from the working directory",
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
        "P-67: a name lies among the user's caches, where the XDG variable says",
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

    @Test("P-67: a name can lie in the temporary directory, and is made there")
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
        "P-67: what can't name a place is refused",
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
