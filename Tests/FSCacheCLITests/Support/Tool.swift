import Foundation
import TestSupport

/// The built `fscache`, with a home, a working directory and a cache directory for one test.
struct Tool: Sendable {
    /// The working directory and home, which is deleted after the test.
    let folder: URL

    /// The cache that the tool uses by default.
    var cacheFolder: URL { folder.appending(path: "caches/http_cache") }

    /// The path of the executable.
    static let executable = Program.buildFolder.appending(path: "fscache")

    /// Runs the tool until it ends.
    func callAsFunction(_ arguments: String..., input: Data = Data()) async throws -> Program.Outcome {
        try await run(Self.executable, arguments, input: input)
    }

    /// Runs a shell script that can call the tool as `fscache`.
    func shell(_ script: String) async throws -> Program.Outcome {
        try await run(
            URL(filePath: "/bin/sh"),
            ["-c", "fscache() { '\(Self.executable.path(percentEncoded: false))' \"$@\"; }\n" + script]
        )
    }

    /// Runs a program until it ends.
    func run(_ executable: URL, _ arguments: [String], input: Data = Data()) async throws -> Program.Outcome {
        try await start(executable, arguments, input: input).finish()
    }

    /// Starts a program.
    func start(_ executable: URL, _ arguments: [String], input: Data = Data()) throws -> Program {
        let environment = [
            "HOME": folder.path(percentEncoded: false),
            "XDG_CACHE_HOME": folder.appending(path: "caches").path(percentEncoded: false),
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            "COLUMNS": "80",
        ]
        return try Program(executable, arguments, input: input, in: folder, environment: environment)
    }
}

/// Calls the closure with a tool, and deletes its folder afterwards.
func withTool<Result>(_ body: (Tool) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
        .appending(path: "fscache-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(Tool(folder: folder))
}
