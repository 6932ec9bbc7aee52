import FSCache
import FSCacheFaultTesting
import FSCacheTesting
import Foundation
import Logging
import Serializers
import TestSupport

/// Writes, deletes, converts, sweeps, evicts, repairs and reads, until it kills itself before one of its system calls.
///
/// Every request must get its page, and every check must find a cache in order.
struct WorkUntilKilled {
    var root: String
    var seed: UInt64
    /// The number of the call.
    var position: UInt64

    func run() async throws {
        var generator = SeededGenerator(seed: seed)
        let transport = ScriptedTransport { exchange in
            try VerifiablePage.response(
                TortureSite.url(of: exchange.request),
                seed: UInt64.random(in: 0...1_000_000),
                wordCount: .random(in: 0..<3000)
            )
        }
        var settings = TortureSite.settings
        // Half of the processes evict what the others write.
        if seed.isMultiple(of: 2) { settings.limits.maxEntries = TortureKeys.count / 8 }
        let serializers = SerializerRegistry.standard.serializers
        let sessions = try serializers.map { [settings] serializer in
            CachedSession(
                cache: try ResponseCache(root, serializer: serializer, settings: settings),
                transport: transport
            )
        }
        let directory = URL(filePath: root).resolvingSymlinksInPath().path(percentEncoded: false)
        try FileFaults.die(at: Int(position), of: .all, below: directory)
        while true {
            let session = sessions[.random(in: 0..<sessions.count, using: &generator)]
            let index = Int.random(in: 0..<TortureKeys.count / 4, using: &generator)
            try await step(session, TortureSite.url(index), index, .random(in: 0..<100, using: &generator))
        }
    }

    private func step(_ session: CachedSession, _ url: String, _ index: Int, _ dice: Int) async throws {
        switch dice {
        case 0..<80:
            let response = try await session.get(url, options: .init(forceRefresh: dice.isMultiple(of: 2)))
            if let problem = VerifiablePage.problem(in: response, of: url) { throw StoreWorker.Violation(problem) }
        case 80..<90: try await session.cache.delete(keys: [TortureKeys.key(index)])
        case 90..<93: try await session.cache.convert()
        case 93..<96: try await session.cache.sweep()
        default:
            var problems: [VerificationFinding] = []
            try await session.cache.verify(repairing: dice.isMultiple(of: 2)) { finding in
                if finding.kind.isProblem { problems.append(finding) }
            }
            guard problems.isEmpty else { throw StoreWorker.Violation("\(problems)") }
        }
    }
}
