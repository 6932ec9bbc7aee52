import FSCache
import Foundation
import Logging
import TestSupport

/// Uses sessions whose directory loses its write permission.
struct SessionAsOtherUser {
    var root: String

    func run(user: uid_t) async throws {
        let log = LogRecorder(.warning)
        let transport = ScriptedTransport { exchange in
            try VerifiablePage.response(TortureSite.url(of: exchange.request), seed: 3, wordCount: 10)
        }
        func open(readOnly: Bool = false) throws -> CachedSession {
            var settings = TortureSite.settings
            settings.isReadOnly = readOnly
            return CachedSession(
                cache: try ResponseCache(root, settings: settings, logger: log.logger),
                transport: transport
            )
        }
        func expect(_ session: CachedSession, _ index: Int, _ options: RequestOptions = .init()) async throws {
            let response = try await session.get(TortureSite.url(index), options: options)
            if let problem = VerifiablePage.problem(in: response, of: TortureSite.url(index)) {
                throw StoreWorker.Violation(problem)
            }
        }
        let session = try open()
        try await expect(session, 0)
        try lock()
        if getuid() != user {
            guard setgid(gid_t(user)) == 0, setuid(user) == 0 else {
                throw StoreWorker.Violation("The user can't be changed to \(user).")
            }
        }

        do {
            _ = try open()
            throw StoreWorker.Violation("\(root) was opened for writing.")
        } catch let error as FSCacheError where error.code == .unusableStore {
            print(error.message)
        }
        // A session that was already open continues, and so does a read-only one.
        for session in [session, try open(readOnly: true)] {
            for index in 0..<3 { try await expect(session, index) }
            try await expect(session, 0, .init(forceRefresh: true))
        }
        let counts = session.cache.counts
        guard counts.writeFailures == 3, counts.hits == 1, log.lines.count == counts.writeFailures else {
            throw StoreWorker.Violation("\(counts)\n\(log.text)")
        }
    }

    /// Lets all users read everything and write nothing.
    private func lock() throws {
        let manager = FileManager.default
        for name in try manager.subpathsOfDirectory(atPath: root).map({ "\(root)/\($0)" }) + [root] {
            let isDirectory = try manager.attributesOfItem(atPath: name)[.type] as? FileAttributeType == .typeDirectory
            try manager.setAttributes([.posixPermissions: isDirectory ? 0o555 : 0o444], ofItemAtPath: name)
        }
    }
}
