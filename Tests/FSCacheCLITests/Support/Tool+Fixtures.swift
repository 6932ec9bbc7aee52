import FSCache
import FSCacheFixtures
import Foundation
import HTTPTypes
import Serializers

extension Tool {
    /// Records responses in a directory of the tool's folder, relative to it.
    func record(_ urls: URL..., in directory: String = "recorded", settings: FixtureSettings = .init()) async throws {
        let folder = folder.appending(path: directory).path()
        let transport = try FixtureTransport(folder, mode: .once, settings: settings)
        for url in urls {
            _ = try await transport.send(HTTPRequest(url: url.absoluteString), body: nil).body.collect()
        }
    }

    /// Writes an exchange into a directory of the tool's folder.
    ///
    /// - Returns: Its path, relative to the directory.
    @discardableResult
    func write(_ url: String, body: String = "recorded", in directory: String = "recorded") throws -> String {
        let response = StoredResponse(
            request: StoredResponse.Request(method: .get, url: url),
            status: .ok,
            headerFields: [.contentType: "text/plain"],
            body: Data(body.utf8),
            requestedAt: Self.longAgo,
            receivedAt: Self.longAgo,
            createdAt: Self.longAgo,
            expires: nil
        )
        let entry = FixtureEntry(key: CacheKey(hashing: Data(url.utf8)), response: response)
        return try fixture(directory).write(entry, with: JSONSerializer())
    }

    /// A directory of the tool's folder, as it is now.
    func fixture(_ directory: String = "recorded") -> FixtureDirectory {
        FixtureDirectory(folder.appending(path: directory).path())
    }

    /// The content of each file of a directory, by its relative path.
    func files(_ directory: String = "recorded") throws -> [String: Data] {
        let root = folder.appending(path: directory)
        let paths = FileManager.default.enumerator(atPath: root.path())?.compactMap { $0 as? String } ?? []
        return try paths.reduce(into: [:]) { files, path in
            let url = root.appending(path: path)
            guard !url.hasDirectoryPath, try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true
            else {
                return
            }
            files[path] = try Data(contentsOf: url)
        }
    }

    /// Keeps the report of a run of the tests for the tool: what they have used, and when the run ended.
    func report(used: Set<String>, in directory: String = "recorded", at date: Date? = nil) throws {
        var report = FixtureUsageReport(directory: fixture(directory), used: used)
        if let date { report.date = date }
        let reports = folder.appending(path: "caches/fscache-fixtures")
        try FileManager.default.createDirectory(at: reports, withIntermediateDirectories: true)
        let file = reports.appending(path: "\(CacheKey(hashing: Data(report.directory.utf8))).json")
        try JSONEncoder().encode(report).write(to: file)
    }
}
