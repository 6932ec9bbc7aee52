import Foundation
import Testing

/// The built `fscache`, run as a process, with a home and a cache directory of its own.
struct Tool: Sendable {
    /// What a run left behind.
    struct Outcome: Sendable {
        var status: Int32
        var output: Data
        var errors: String

        var text: String { String(decoding: output, as: UTF8.self) }
    }

    /// Where the run takes place; it goes away with the test.
    let folder: URL

    /// The cache that the tool uses by default.
    var cacheFolder: URL { folder.appending(path: "caches/http_cache") }

    /// The executable, which is built into the same folder as the tests.
    static let executable: URL = {
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
        let tests = bundle?.bundleURL ?? URL(filePath: CommandLine.arguments[0])
        return tests.deletingLastPathComponent().appending(path: "fscache")
    }()

    /// Runs the tool to its end.
    func callAsFunction(_ arguments: String..., input: Data = Data()) async throws -> Outcome {
        try await run(Self.executable, arguments, input: input)
    }

    /// Runs a shell script, in which the tool is called `fscache`.
    func shell(_ script: String) async throws -> Outcome {
        try await run(
            URL(filePath: "/bin/sh"),
            ["-c", "fscache() { '\(Self.executable.path(percentEncoded: false))' \"$@\"; }\n" + script]
        )
    }

    /// Runs a program to its end.
    ///
    /// Files stand in for pipes, so that nothing can block on a full one.
    func run(_ executable: URL, _ arguments: [String], input: Data = Data()) async throws -> Outcome {
        let streams = folder.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: streams, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: streams) }
        let names = ["input", "output", "errors"].map { streams.appending(path: $0) }
        try input.write(to: names[0])
        try Data().write(to: names[1])
        try Data().write(to: names[2])

        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = [
            "HOME": folder.path(percentEncoded: false),
            "XDG_CACHE_HOME": folder.appending(path: "caches").path(percentEncoded: false),
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            "COLUMNS": "80",
        ]
        process.standardInput = try FileHandle(forReadingFrom: names[0])
        process.standardOutput = try FileHandle(forWritingTo: names[1])
        process.standardError = try FileHandle(forWritingTo: names[2])
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do {
                try process.run()
            } catch {
                continuation.resume(throwing: error)
            }
        }
        return Outcome(
            status: process.terminationStatus,
            output: try Data(contentsOf: names[1]),
            errors: String(decoding: try Data(contentsOf: names[2]), as: UTF8.self)
        )
    }
}

/// Hands a tool to a test, and cleans up behind it.
func withTool<Result>(_ body: (Tool) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
        .appending(path: "fscache-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(Tool(folder: folder))
}
