import Foundation
import TestSupport
import Testing

/// A process of the `StoreWorker` program, which is built beside the tests.
final class StoreWorkerProcess {
    /// How long the processes of a torture test go on: 5 seconds, or what the environment says.
    static let tortureSeconds = ProcessInfo.processInfo.environment["TORTURE_SECONDS"].flatMap(UInt64.init) ?? 5

    private let process = Process()
    private let ended = Gate()
    private let scratch: ScratchDirectory

    /// Starts a process, by another program such as `unshare` if one is given with its arguments.
    init(_ arguments: [String], wrapper: [String] = []) throws {
        self.scratch = try ScratchDirectory()
        for name in ["output", "errors"] { try scratch.write("", to: name) }
        let command = wrapper + [Self.program] + arguments
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: URL(filePath: scratch("output")))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: scratch("errors")))
        process.terminationHandler = { [ended] _ in ended.open() }
        try process.run()
    }

    deinit {
        guard process.isRunning else { return }
        kill()
    }

    /// Ends the process as a crash would.
    func kill() {
        _ = Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Halts the process wherever it is, and returns when it stands still.
    func halt() throws {
        _ = Foundation.kill(process.processIdentifier, SIGSTOP)
        var change = unsafe siginfo_t()
        // The end of the process is left for `Process` to see.
        let flags = WSTOPPED | WEXITED | WNOWAIT
        let result = unsafe waitid(P_PID, id_t(process.processIdentifier), &change, flags)
        try #require(result == 0)
        try #require(process.isRunning, "The worker has ended by itself.")
    }

    /// Lets a halted process go on.
    func resume() {
        _ = Foundation.kill(process.processIdentifier, SIGCONT)
    }

    /// Waits for the end, which must be a good one.
    ///
    /// It blocks no thread: the other tests need those that there are.
    ///
    /// - Returns: What the worker wrote to its standard output.
    @discardableResult
    func finish(sourceLocation: SourceLocation = #_sourceLocation) async throws -> String {
        await ended.opened()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, sourceLocation: sourceLocation)
        try #expect(scratch.read("errors") == "", sourceLocation: sourceLocation)
        return try scratch.read("output")
    }

    private static var program: String {
        #if canImport(Darwin)
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") } ?? .main
        return bundle.bundleURL.deletingLastPathComponent().appending(path: "StoreWorker").path(percentEncoded: false)
        #else
        let tests = Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0])
        return tests.deletingLastPathComponent().appending(path: "StoreWorker").path(percentEncoded: false)
        #endif
    }
}
