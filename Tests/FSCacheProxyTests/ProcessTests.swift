#if Proxy
import Foundation
import TestSupport
import Testing

@Suite("fscache proxy", .timeLimit(.minutes(1)))
struct ProcessTests {
    /// A folder that is deleted after the test.
    private func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "fscache-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder.path(percentEncoded: false))
    }

    @Test("A signal lets current requests end, rejects new ones, and exits with 0", arguments: [SIGTERM, SIGINT])
    func graceful(signal: Int32) async throws {
        let (asked, gate) = (Gate(), Gate())
        let handler: Origin.Handler = { request in
            var response = Origin.Response(body: "done").delayed(until: gate)
            if request.path == "/slow" { response.prelude.insert(.open(asked), at: 0) } else { response.prelude = [] }
            return response
        }
        try await withOrigin(handler) { origin in
            try await withFolder { folder in
                let proxy = try await ProxyProcess("--origin", origin.url().absoluteString, "--cache", folder)
                let idle = try proxy.connect()
                #expect(try await idle.exchange("GET /quick HTTP/1.1\nHost: h\n\n").text == "done")
                let client = try proxy.connect()
                await client.send("GET /slow HTTP/1.1\nHost: h\n\n")
                await asked.opened()
                proxy.signal(signal)
                #expect(await idle.isAtEnd())
                #expect(throws: RawClient.Failure.self) { try proxy.connect() }
                gate.open()
                let response = try await client.response()
                #expect(response.text == "done")
                #expect(response.fields["Connection"] == "close")
                #expect(await client.isAtEnd())
                #expect(await proxy.exitCode() == 0)
            }
        }
    }

    @Test("The limits and flags of the command reach the proxy")
    func options() async throws {
        let handler: Origin.Handler = { _ in
            Origin.Response(fields: ["Cache-Control": "no-store", "CDN-Cache-Control": "max-age=60"], body: "body")
        }
        try await withOrigin(handler) { origin in
            try await withFolder { folder in
                let url = origin.url().absoluteString
                let proxy = try await ProxyProcess(
                    "--origin=\(url)",
                    "--cache=\(folder)",
                    "--cdn-cache-control",
                    "--trust-forwarded",
                    "--timeout=36525d",
                    "--idle-timeout=0.2",
                    "--max-connections=1"
                )
                let idle = try proxy.connect()
                for _ in 1...2 {
                    let request = "GET / HTTP/1.1\nHost: h\nX-Forwarded-For: 10.0.0.1\n\n"
                    #expect(try await proxy.connect().exchange(request).text == "body")
                }
                #expect(await idle.isAtEnd())
                #expect(origin.requests.map { $0.fields["X-Forwarded-For"] } == ["10.0.0.1"])
            }
        }
    }

    @Test("A request that outlasts the grace period is cut off")
    func deadline() async throws {
        let asked = Gate()
        let handler: Origin.Handler = { _ in
            var response = Origin.Response.never()
            response.prelude.insert(.open(asked), at: 0)
            return response
        }
        try await withOrigin(handler) { origin in
            try await withFolder { folder in
                let arguments = ["--origin", origin.url().absoluteString]
                let proxy = try await ProxyProcess(arguments[0], arguments[1], "--cache", folder, "--grace", "0.1")
                let client = try proxy.connect()
                await client.send("GET /slow HTTP/1.1\nHost: h\n\n")
                await asked.opened()
                proxy.signal(SIGTERM)
                await #expect(throws: RawClient.Failure.self) { try await client.response() }
                #expect(await proxy.exitCode() == 0)
            }
        }
    }

    @Test("A signal loses no line of the log")
    func completeLog() async throws {
        try await withOrigin { origin in
            try await withFolder { folder in
                let url = origin.url().absoluteString
                let proxy = try await ProxyProcess("--origin", url, "--cache", folder, "--cache-control")
                let client = try proxy.connect()
                let count = 100
                for number in 0..<count {
                    _ = try await client.exchange("GET /echo/\(number) HTTP/1.1\nHost: h\n\n")
                }
                proxy.signal(SIGTERM)
                #expect(await proxy.exitCode() == 0)
                var targets: [Substring] = []
                while let line = await proxy.line() { targets.append(line.split(separator: " ")[1]) }
                #expect(targets == (0..<count).map { "/echo/\($0)" })
            }
        }
    }

    @Test("Each request is a log line with hit or the reason, and other commands find the recorded responses")
    func logAndFiles() async throws {
        try await withOrigin { origin in
            try await withFolder { folder in
                let url = origin.url().absoluteString
                let proxy = try await ProxyProcess("--origin", url, "--cache", folder, "--cache-control")
                var lines: [String?] = []
                for _ in 1...2 {
                    _ = try await proxy.connect().exchange("GET /json HTTP/1.1\nHost: h\n\n")
                    lines.append(await proxy.line())
                }
                #expect(lines[0]?.hasPrefix("GET /json 200 uri-miss, stored ") == true)
                #expect(lines[1]?.hasPrefix("GET /json 200 hit ") == true)
                proxy.signal(SIGTERM)
                #expect(await proxy.exitCode() == 0)

                let offline = try await ProxyProcess("--origin", url, "--cache", folder, "--offline", "--private")
                let response = try await offline.connect().exchange("GET /json HTTP/1.1\nHost: h\n\n")
                #expect(response.fields["Cache-Status"]?.contains("hit") == true)
                offline.signal(SIGTERM)
                #expect(await offline.exitCode() == 0)
                #expect(origin.count("/json") == 1)
            }
        }
    }

    @Test("A recording with a name for its origin has no address, and is replayed for an origin at any other")
    func namesOrigin() async throws {
        let handler: Origin.Handler = { request in
            let host = request.fields["Host"] ?? ""
            return Origin.Response(fields: ["Link": "<http://\(host)/next>"], body: "more at http://\(host)/next")
        }
        try await withFolder { folder in
            let request = "GET /page HTTP/1.1\nHost: h\n\n"
            @Sendable func proxy(_ mode: String, for origin: String) async throws -> ProxyProcess {
                let name = "http://shop.test"
                return try await ProxyProcess("--origin", origin, "--origin-name", name, mode, "--cache", folder)
            }
            let port = try await withOrigin(handler) { origin in
                let proxy = try await proxy("--record", for: origin.url().absoluteString)
                let response = try await proxy.connect().exchange(request)
                #expect(response.text == "more at http://127.0.0.1:\(origin.port)/next")
                proxy.signal(SIGTERM)
                #expect(await proxy.exitCode() == 0)
                return origin.port
            }
            let names = try #require(FileManager.default.enumerator(atPath: folder)).compactMap { $0 as? String }
            let file = try #require(names.first { $0.hasSuffix(".yaml") })
            #expect(file.hasPrefix("shop.test/page/GET."))
            let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
            #expect(!text.contains("127.0.0.1") && !text.contains("\(port)") && text.contains("http://shop.test/next"))

            let replay = try await proxy("--replay", for: "http://127.0.0.1:9")
            let response = try await replay.connect().exchange(request)
            #expect(response.text == "more at http://127.0.0.1:9/next")
            #expect(response.fields["Link"] == "<http://127.0.0.1:9/next>")
            replay.signal(SIGTERM)
            #expect(await replay.exitCode() == 0)
        }
    }
}
#endif
