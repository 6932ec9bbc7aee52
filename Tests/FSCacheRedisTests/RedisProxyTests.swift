#if Redis && Proxy
import Foundation
import TestSupport
import Testing

@Suite("Two proxies with one Redis", .needsRedis, .timeLimit(.minutes(1)))
struct RedisProxyTests {
    /// Starts a proxy.
    ///
    /// - Returns: Its process, which the test ends, and its port.
    private func start(_ origin: Origin, _ redis: RedisProcess) async throws -> (Process, port: Int) {
        let pipe = Pipe()
        let process = Process()
        process.executableURL = Program.buildFolder.appending(path: "fscache")
        process.arguments = [
            "proxy", "--quiet", "--listen", "127.0.0.1:0", "--origin", origin.url().absoluteString,
            "--cache", "redis://127.0.0.1:\(redis.port)",
        ]
        process.standardError = pipe
        try process.run()
        // Listening on http://127.0.0.1:12345.
        var line = ""
        while let bytes = try pipe.fileHandleForReading.read(upToCount: 1), let byte = bytes.first, byte != 10 {
            line.append(Character(Unicode.Scalar(byte)))
        }
        return (process, try #require(line.split(separator: ":").last.flatMap { Int($0.dropLast()) }, "\(line)"))
    }

    @Test("A miss in both at once makes one request, and what one stores the other serves")
    func behaveAsOne() async throws {
        let (asked, gate) = (Gate(), Gate())
        let handler: Origin.Handler = { request in
            var response = Origin.Response(fields: ["Cache-Control": "max-age=60"], body: "page").delayed(until: gate)
            response.prelude.insert(.open(asked), at: 0)
            return response
        }
        try await withRedis { redis in
            try await withOrigin(handler) { origin in
                let proxies = [try await start(origin, redis), try await start(origin, redis)]
                defer { for (process, _) in proxies { process.terminate() } }
                func get(_ index: Int, _ path: String) async throws -> RawClient.Response {
                    try await RawClient(port: proxies[index].port).exchange("GET \(path) HTTP/1.1\nHost: h\n\n")
                }
                async let first = get(0, "/page")
                await asked.opened()
                async let second = get(1, "/page")
                // The second proxy waits for the lease of the first one, or comes after it: both make one request.
                gate.open()
                for response in try await [first, second] { #expect(response.text == "page") }
                #expect(origin.requests.count == 1)

                try await #expect(get(1, "/other").text == "page")
                let hit = try await get(0, "/other")
                #expect(hit.text == "page" && hit.fields["Cache-Status"]?.contains("hit") == true)
                #expect(origin.requests.count == 2)

                // An invalidation through one of them reaches the other.
                let put = try RawClient(port: proxies[0].port)
                _ = try await put.exchange("PUT /other HTTP/1.1\nHost: h\nContent-Length: 0\n\n")
                _ = try await get(1, "/other")
                #expect(origin.requests.count == 4)
            }
        }
    }
}
#endif
