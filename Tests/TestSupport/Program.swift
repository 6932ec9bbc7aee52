package import Foundation

/// A started program, whose standard streams are files, so that no full pipe can block it.
package final class Program: Sendable {
    /// The results of a program that has ended.
    package struct Outcome: Sendable {
        /// The exit code, or the number of the signal that ended it.
        package var status: Int32
        /// Its standard output.
        package var output: Data
        /// Its standard error.
        package var errors: String

        /// Its standard output, as text.
        package var text: String { String(decoding: output, as: UTF8.self) }
    }

    /// The folder of the built programs and tests.
    package static let buildFolder: URL = {
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
        let tests = bundle?.bundleURL ?? Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0])
        return tests.deletingLastPathComponent()
    }()

    /// The process, for tests that send it signals.
    package let process = Process()
    private let ended = Gate()
    private let streams: URL

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - executable: The path of the executable.
    ///   - arguments: The arguments.
    ///   - input: The contents of standard input.
    ///   - folder: The working directory, if it is another one.
    ///   - environment: The environment, if it is another one.
    /// - Throws: When the program can't start.
    package init(
        _ executable: URL,
        _ arguments: [String],
        input: Data = Data(),
        in folder: URL? = nil,
        environment: [String: String]? = nil
    ) throws {
        let streams = FileManager.default.temporaryDirectory.appending(path: "program-\(UUID().uuidString)")
        self.streams = streams
        try FileManager.default.createDirectory(at: streams, withIntermediateDirectories: true)
        try input.write(to: streams.appending(path: "input"))
        for name in ["output", "errors"] { try Data().write(to: streams.appending(path: name)) }
        process.executableURL = executable
        process.arguments = arguments
        if let folder { process.currentDirectoryURL = folder }
        if let environment { process.environment = environment }
        process.standardInput = try FileHandle(forReadingFrom: streams.appending(path: "input"))
        process.standardOutput = try FileHandle(forWritingTo: streams.appending(path: "output"))
        process.standardError = try FileHandle(forWritingTo: streams.appending(path: "errors"))
        process.terminationHandler = { [ended] _ in ended.open() }
        try process.run()
    }

    deinit { try? FileManager.default.removeItem(at: streams) }

    /// Kills the program, like a crash, and returns once it is dead.
    ///
    /// `Process` may notice that much later: programs that were started at the same moment can hold the descriptor by which
    /// it does, until they end too.
    package func kill() {
        let number = process.processIdentifier
        _ = Foundation.kill(number, SIGKILL)
        var change = unsafe siginfo_t()
        while unsafe waitid(P_PID, id_t(number), &change, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    }

    /// Suspends until the program ends.
    package func finish() async throws -> Outcome {
        await ended.opened()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus,
            output: try Data(contentsOf: streams.appending(path: "output")),
            errors: String(decoding: try Data(contentsOf: streams.appending(path: "errors")), as: UTF8.self)
        )
    }
}
