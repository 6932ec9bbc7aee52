package import Foundation

/// Runs python3, so that what we write is read by somebody else's code, and the other way round.
package enum Python {
    /// A script that failed, with what it wrote to its standard error.
    package struct Failure: Error, CustomStringConvertible {
        package var status: Int32
        package var standardError: String
        package var description: String { "python3 exited with \(status): \(standardError)" }
    }

    /// Runs a script to its end.
    ///
    /// - Parameters:
    ///   - script: The program text.
    ///   - arguments: What the script finds in `sys.argv[1:]`.
    ///   - input: What the script reads from its standard input.
    /// - Returns: What it wrote to its standard output.
    /// - Throws: ``Failure`` when the script fails.
    package static func run(_ script: String, arguments: [String] = [], input: Data = Data()) throws -> Data {
        let folder = FileManager.default.temporaryDirectory.appending(path: "python-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // Files instead of pipes: nothing can block on a full pipe, whatever the sizes.
        let inputFile = folder.appending(path: "input")
        let outputFile = folder.appending(path: "output")
        let errorFile = folder.appending(path: "error")
        try input.write(to: inputFile)
        try Data().write(to: outputFile)
        try Data().write(to: errorFile)

        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script] + arguments
        process.standardInput = try FileHandle(forReadingFrom: inputFile)
        process.standardOutput = try FileHandle(forWritingTo: outputFile)
        process.standardError = try FileHandle(forWritingTo: errorFile)
        try process.run()
        process.waitUntilExit()

        guard process.terminationStatus == 0 else {
            let message = try String(decoding: Data(contentsOf: errorFile), as: UTF8.self)
            throw Failure(status: process.terminationStatus, standardError: message)
        }
        return try Data(contentsOf: outputFile)
    }
}
