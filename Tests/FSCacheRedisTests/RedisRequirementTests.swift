#if Redis
import FSCache
import FSCacheTesting
import TestSupport
import Testing

@testable import FSCacheRedis

@Suite("Requirements of the Redis store", .needsRedis, .timeLimit(.minutes(3)))
struct RedisRequirementTests {
    @Test("It meets every requirement of backends", arguments: BackendRequirement.all)
    func meets(_ requirement: BackendRequirement) async throws {
        try await withRedis { server in
            let backend = try RedisBackend(server.settings)
            try await requirement.verify(backend)
            await backend.close()
        }
    }

    @Test("It meets every requirement of stores that are lost", arguments: LossRequirement.all)
    func survives(_ requirement: LossRequirement) async throws {
        try await withRedis(body: requirement.verify)
    }

    @Test("Many processes that miss a response at once make one request")
    func collapses() async throws {
        try await withRedis { server in
            let transport = ScriptedTransport { TransportResponse(body: "\($0.ordinal)") }
            try await withThrowingTaskGroup { group in
                for _ in 0..<8 {
                    let cache = ResponseCache(
                        backend: try RedisBackend(server.settings),
                        settings: CacheSettings(collapsesAcrossProcesses: true)
                    )
                    group.addTask {
                        let session = CachedSession(cache: cache, transport: transport)
                        let text = try await session.get("https://example.com/shared").text()
                        #expect(text == "1")
                        await session.close()
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("A cluster of three servers meets every requirement of backends")
    func clusterMeets() async throws {
        try await withCluster { servers in
            for (number, requirement) in BackendRequirement.all.enumerated() {
                var settings = servers[0].settings
                settings.namespace = "test \(number)"
                let backend = try RedisBackend(settings)
                await #expect(throws: Never.self, "\(requirement)") { try await requirement.verify(backend) }
                await backend.close()
            }
            // The entries were really spread.
            for server in servers {
                #expect(try server.connect().ask("INFO", "commandstats").text?.contains("cmdstat_hmget") == true)
            }
        }
    }

    @Test("A cache in a cluster goes on with the servers that are left")
    func clusterLosesServer() async throws {
        try await withCluster { servers in
            var settings = servers[0].settings
            settings.timeout = .seconds(2)
            let backend = try RedisBackend(settings)
            let keys = (0..<30).map { BackendRequirement.key("\($0)") }
            for key in keys { try await backend.write(BackendRequirement.entry("a"), for: key) }
            try await servers[2].lose()
            var found = 0
            for key in keys where (try? await backend.read(key)) != nil { found += 1 }
            #expect(found > 0 && found < keys.count)
            await backend.close()
        }
    }

    /// Runs three servers that are one cluster.
    private func withCluster(_ body: ([RedisProcess]) async throws -> Void) async throws {
        // Without full coverage, the servers that are left serve their keys when one is lost.
        let options = ["--cluster-enabled", "yes", "--cluster-require-full-coverage", "no"]
        var servers: [RedisProcess] = []
        do {
            // By default, the second port is 10000 higher, and may not exist.
            let busPorts = try (0..<3).map { _ in try freePort() }
            for port in busPorts { servers.append(try await RedisProcess(options + ["--cluster-port", "\(port)"])) }
            let ranges = [(0, 5461), (5462, 10922), (10923, 16383)]
            for (server, range) in zip(servers, ranges) {
                let connection = try server.connect()
                let reply = try connection.ask("CLUSTER", "ADDSLOTSRANGE", "\(range.0)", "\(range.1)")
                #expect(reply.error == nil)
                for (other, busPort) in zip(servers, busPorts) where other.port != server.port {
                    try connection.ask("CLUSTER", "MEET", "127.0.0.1", "\(other.port)", "\(busPort)")
                }
            }
            for server in servers {
                let connection = try server.connect()
                for attempt in 0... {
                    try #require(attempt < 1500, "The servers don't form a cluster.")
                    let slots = try connection.ask("CLUSTER", "SLOTS").elements ?? []
                    let info = try connection.ask("CLUSTER", "INFO").text ?? ""
                    if slots.count == 3, info.contains("cluster_state:ok") { break }
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            try await body(servers)
        } catch {
            for server in servers { try await server.end() }
            throw error
        }
        for server in servers { try await server.end() }
    }
}
#endif
