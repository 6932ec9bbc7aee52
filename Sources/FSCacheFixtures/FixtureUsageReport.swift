internal import FSCache
package import Foundation

/// Which files of a fixture a whole run of the tests has used.
package struct FixtureUsageReport: Sendable, Codable, Equatable {
    /// The path of the directory.
    package var directory: String
    /// The paths of the files that were used, relative to the directory.
    package var used: [String]
    /// The paths of those that were not.
    package var unused: [String]
    /// When the run ended.
    package var date: Date

    /// Makes the report of a run that has just ended.
    package init(directory: FixtureDirectory, used: Set<String>) {
        self.directory = directory.path
        self.used = used.sorted()
        let unreadable = Set(directory.unreadablePaths)
        self.unused = directory.paths.filter { !used.contains($0) && !unreadable.contains($0) }
        self.date = Date()
    }

    /// Reads the report of the last whole run.
    ///
    /// - Parameter directory: The path of the directory.
    /// - Returns: The report; `nil` if there is none.
    /// - Throws: When it can't be decoded.
    package static func load(directory: String) throws -> FixtureUsageReport? {
        let path = URL(filePath: directory).standardizedFileURL.path
        guard let bytes = try? Data(contentsOf: try file(path)) else { return nil }
        return try JSONDecoder().decode(FixtureUsageReport.self, from: bytes)
    }

    /// Keeps the report in the user's cache directory, because a fixture has nothing that isn't checked in.
    package func save() throws {
        let file = try Self.file(directory)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try JSONEncoder().encode(self).write(to: file, options: .atomic)
    }

    private static func file(_ path: String) throws -> URL {
        let folder = try FilesystemBackend.Location.userCaches("fscache-fixtures").resolve()
        return URL(filePath: folder).appending(path: "\(CacheKey(hashing: Data(path.utf8))).json")
    }
}
