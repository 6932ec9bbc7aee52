internal import Foundation

/// A directory for one test, which is removed with its contents when the test releases it.
package final class ScratchDirectory: Sendable {
    package let path: String

    package init() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "fscache-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.path = folder.path(percentEncoded: false)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    package func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    /// The paths of all files and directories below, without following links.
    package func contents(of name: String = "") throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: name.isEmpty ? path : self(name)).sorted()
    }

    /// The paths of the files in the temporary directory of a cache.
    package func temporaries(of cache: String = "cache") throws -> [String] {
        try contents(of: "\(cache)/tmp").filter { Int($0) == nil }
    }

    package func write(_ text: String, to name: String) throws {
        let folder = (self(name) as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: self(name)))
    }

    package func read(_ name: String) throws -> String {
        try String(decoding: Data(contentsOf: URL(filePath: self(name))), as: UTF8.self)
    }

    package func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: self(name), withDestinationPath: target)
    }

    package func permissions(of name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: self(name))
        return attributes[.posixPermissions] as? Int ?? -1
    }
}
