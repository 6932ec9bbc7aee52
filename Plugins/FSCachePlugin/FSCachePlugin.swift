import Foundation
import PackagePlugin

/// Runs `fscache` in the directory of the package: `swift package fscache ls Tests/Recorded`.
@main
struct FSCachePlugin: CommandPlugin {
    func performCommand(context: PluginContext, arguments: [String]) async throws {
        let process = Process()
        process.executableURL = try context.tool(named: "fscache").url
        process.arguments = arguments
        process.currentDirectoryURL = context.package.directoryURL
        // Standard input of a plugin belongs to SwiftPM.
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationReason == .exit else {
            Diagnostics.error("fscache was ended by signal \(process.terminationStatus).")
            return
        }
        exit(process.terminationStatus)
    }
}
