import Foundation
import TestSupport
import Testing

/// A process of the `StoreWorker` program, which is built beside the tests.
final class StoreWorkerProcess {
    /// How long the processes of a torture test run: 5 seconds, or `TORTURE_SECONDS` from the environment.
    static let tortureSeconds = ProcessInfo.processInfo.environment["TORTURE_SECONDS"].flatMap(UInt64.init) ?? 5

    /// Whether the long form of the torture tests runs: `make torture`.
    static let isLongTorture = ProcessInfo.processInfo.environment["TORTURE"] == "long"

    private let program: Program
    private var process: Process { program.process }

    /// Starts a process, through another program such as `unshare` if one is given with its arguments.
    init(_ arguments: [String], wrapper: [String] = []) throws {
        let worker = Program.buildFolder.appending(path: "StoreWorker").path(percentEncoded: false)
        program = try Program(URL(filePath: "/usr/bin/env"), wrapper + [worker] + arguments)
    }

    deinit {
        guard process.isRunning else { return }
        kill()
    }

    /// Whether the process has a file open, as its path ends.
    func hasOpen(_ suffix: String) -> Bool {
        let folder = "/proc/\(process.processIdentifier)/fd"
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return descriptors.contains { descriptor in
            let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(descriptor)")
            return path?.hasSuffix(suffix) == true
        }
    }

    /// Kills the process, like a crash.
    func kill() {
        program.kill()
    }

    /// Stops the process, and returns once it has stopped.
    func halt() throws {
        _ = Foundation.kill(process.processIdentifier, SIGSTOP)
        var change = unsafe siginfo_t()
        // `Process` waits until the process ends.
        let flags = WSTOPPED | WEXITED | WNOWAIT
        let result = unsafe waitid(P_PID, id_t(process.processIdentifier), &change, flags)
        try #require(result == 0)
        try #require(process.isRunning, "The worker has ended by itself.")
    }

    /// Lets a stopped process continue.
    func resume() {
        _ = Foundation.kill(process.processIdentifier, SIGCONT)
    }

    /// Suspends until the process has ended with exit code 0, or by SIGKILL.
    ///
    /// - Returns: Whether it was killed.
    func finishOrDie(sourceLocation: SourceLocation = #_sourceLocation) async throws -> Bool {
        let outcome = try await program.finish()
        let isKilled = process.terminationReason == .uncaughtSignal && outcome.status == SIGKILL
        #expect(isKilled || outcome.status == 0, "\(outcome.errors)", sourceLocation: sourceLocation)
        return isKilled
    }

    /// Suspends until the process has ended with exit code 0.
    ///
    /// - Returns: The worker's standard output.
    @discardableResult
    func finish(sourceLocation: SourceLocation = #_sourceLocation) async throws -> String {
        let outcome = try await program.finish()
        #expect(outcome.status == 0, sourceLocation: sourceLocation)
        #expect(outcome.errors == "", sourceLocation: sourceLocation)
        return outcome.text
    }
}
