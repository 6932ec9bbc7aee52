package import Foundation

/// Runs python3, to test against independent code.
package enum Python {
    /// A script failed.
    package struct Failure: Error, CustomStringConvertible {
        package var status: Int32
        package var standardError: String
        package var description: String { "python3 exited with \(status): \(standardError)" }
    }

    /// Runs a script until it ends.
    ///
    /// - Parameters:
    ///   - script: The program text.
    ///   - arguments: The contents of `sys.argv[1:]`.
    ///   - input: The contents of standard input.
    /// - Returns: The script's standard output.
    /// - Throws: ``Failure`` when the script fails.
    package static func run(_ script: String, arguments: [String] = [], input: Data = Data()) async throws -> Data {
        let python = ["python3", "-c", script] + arguments
        let outcome = try await Program(URL(filePath: "/usr/bin/env"), python, input: input).finish()
        guard outcome.status == 0 else { throw Failure(status: outcome.status, standardError: outcome.errors) }
        return outcome.output
    }
}
