import Dispatch
import Foundation

/// Prints how FSCache compares to raw system calls.
///
///     bench [--batches NUMBER] [NAME…]             measures all comparisons, or some
///     bench --list [--quick]                       prints their names, or only those that are quick to prepare
///     bench --repeat NAME subject|baseline NUMBER  only repeats an operation, for strace, perf or valgrind
///     bench --scale COMMAND FOLDER …               measures a large cache; see scripts/bench-scale
///     bench --rates STORE ORIGIN BYTES SECONDS     prints the hits and stores per second in a store as JSON
@main
struct Bench {
    // An asynchronous main would hand the main thread to Dispatch, where valgrind crashes.
    static func main() {
        Task.detached {
            do {
                try await run()
                exit(0)
            } catch {
                FileHandle.standardError.write(Data("\(error)\n".utf8))
                exit(1)
            }
        }
        DispatchSemaphore(value: 0).wait()
    }

    private static func run() async throws {
        var arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case "--list":
            let listsAll = arguments.dropFirst().first != "--quick"
            for comparison in Comparison.all where listsAll || comparison.isQuicklyPrepared { print(comparison.name) }
        case "--repeat":
            guard arguments.count == 4, let times = Int(arguments[3]), let comparison = named(arguments[1]) else {
                return usage()
            }
            try await inFolder(of: comparison) { folder in
                let (subject, baseline) = try await comparison.prepare(folder)
                try await (arguments[2] == "subject" ? subject : baseline)(times)
            }
        case "--rates":
            guard arguments.count == 5, let byteCount = Int(arguments[3]), let seconds = Double(arguments[4]) else {
                return usage()
            }
            try await inTemporaryFolder { folder in
                let rates = try await Rates.take(
                    arguments[1],
                    in: folder,
                    origin: arguments[2],
                    byteCount: byteCount,
                    duration: .seconds(seconds)
                )
                print(String(decoding: try JSONEncoder().encode(rates), as: UTF8.self))
            }
        case "--scale":
            try await Scale.run(arguments.dropFirst())
        default:
            var batches = 51
            if arguments.first == "--batches" {
                guard arguments.count > 1, let number = Int(arguments[1]), number > 0 else { return usage() }
                batches = number
                arguments.removeFirst(2)
            }
            let chosen = arguments.compactMap(named)
            guard chosen.count == arguments.count else { return usage() }
            try await measure(chosen.isEmpty ? Comparison.all : chosen, batches: batches)
        }
    }

    private static func measure(_ comparisons: [Comparison], batches: Int) async throws {
        print(Report.title(batches: batches))
        print(Report.header)
        for comparison in comparisons {
            try await inFolder(of: comparison) { folder in
                let measurement = try await Measurement.take(comparison, in: folder, batches: batches)
                print(Report.line(comparison, measurement))
            }
        }
    }

    private static func named(_ name: String) -> Comparison? {
        (Comparison.all + Comparison.onDemand).first { $0.name == name }
    }

    /// Calls a closure with a temporary folder.
    private static func inFolder(of comparison: Comparison, _ body: (URL) async throws -> Void) async throws {
        let memory = "/dev/shm"
        let isInMemory = comparison.isInMemory && FileManager.default.isWritableFile(atPath: memory)
        try await inTemporaryFolder(
            in: isInMemory ? URL(filePath: memory) : FileManager.default.temporaryDirectory,
            body
        )
    }

    private static func inTemporaryFolder(
        in place: URL = FileManager.default.temporaryDirectory,
        _ body: (URL) async throws -> Void
    ) async throws {
        let folder = place.appending(path: "bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    private static func usage() {
        FileHandle.standardError.write(
            Data(
                """
                usage: bench [--batches NUMBER] [NAME…]
                       bench --list [--quick]
                       bench --repeat NAME subject|baseline NUMBER
                       bench --scale COMMAND FOLDER …
                       bench --rates STORE ORIGIN BYTES SECONDS

                """.utf8
            )
        )
        exit(64)
    }
}
