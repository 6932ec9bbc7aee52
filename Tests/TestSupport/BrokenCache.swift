internal import FSCache
internal import Foundation
internal import HTTPTypes

/// A cache with everything that a repair mends, and the proof that it has lost nothing.
package struct BrokenCache: Sendable {
    private static let count = 12
    private let root: String

    package init(root: String) {
        self.root = root
    }

    private func url(_ index: Int) -> String { "https://broken.example/\(index)" }

    private func open() throws -> CachedSession {
        let transport = ScriptedTransport { exchange in
            let path = exchange.request.path ?? ""
            return try VerifiablePage.response("https://broken.example\(path)", seed: 1, wordCount: 20)
        }
        return CachedSession(cache: try ResponseCache(root), transport: transport)
    }

    /// Makes the directory anew.
    ///
    /// Of twelve entries, three are misplaced, three are misplaced beside an older damaged one, three have an older
    /// damaged duplicate, and three are in order but others may write them. Beside them are strays.
    package func make() async throws {
        let files = FileManager.default
        try? files.removeItem(atPath: root)
        let session = try open()
        for index in 0..<Self.count {
            let key = try await session.get(url(index)).cacheKey?.description ?? ""
            let folder = "\(root)/\(key.prefix(2))/\(key.dropFirst(2).prefix(2))"
            let path = "\(folder)/\(key).cbor"
            switch index % 4 {
            case 0, 1:
                let wrong = "\(root)/00/0\(index % 3)"
                try files.createDirectory(atPath: wrong, withIntermediateDirectories: true)
                try files.moveItem(atPath: path, toPath: "\(wrong)/\(key).cbor")
                if index % 4 == 1 { try plant("damaged", "\(folder)/\(key).json") }
            case 2: try plant("damaged", "\(folder)/\(key).json")
            default: try files.setAttributes([.posixPermissions: 0o666], ofItemAtPath: path)
            }
        }
        await session.close()
        try plant("half", "\(root)/tmp/0/0123456789abcdef.partial")
        try files.createDirectory(atPath: "\(root)/01/02", withIntermediateDirectories: true)
    }

    private func plant(_ text: String, _ path: String) throws {
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent,
            withIntermediateDirectories: true
        )
        try Data(text.utf8).write(to: URL(filePath: path))
        let past = Date(timeIntervalSinceNow: -60)
        try FileManager.default.setAttributes([.modificationDate: past, .posixPermissions: 0o600], ofItemAtPath: path)
    }

    /// Repairs it.
    package func repair() async throws {
        let cache = try ResponseCache(root)
        do {
            try await cache.verify(repairing: true) { _ in }
        } catch {
            await cache.close()
            throw error
        }
        await cache.close()
    }

    /// Throws unless every response is there, and a check finds nothing but entries that were set aside.
    package func expectRepaired(_ situation: String) async throws {
        struct Loss: Error, CustomStringConvertible {
            var description: String
        }
        let session = CachedSession(cache: try ResponseCache(root), transport: ScriptedTransport(answers: []))
        var findings: [VerificationFinding] = []
        try await session.cache.verify { if $0.kind != .setAside { findings.append($0) } }
        guard findings.isEmpty else { throw Loss(description: "\(findings) after \(situation)") }
        for index in 0..<Self.count {
            guard try await session.cache.contains(url: url(index)) else {
                throw Loss(description: "\(url(index)) is lost after \(situation)")
            }
            if let problem = VerifiablePage.problem(in: try await session.get(url(index)), of: url(index)) {
                throw Loss(description: "\(problem) after \(situation)")
            }
        }
        await session.close()
    }
}
