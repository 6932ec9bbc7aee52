import FSCache
import Foundation
import HTTPTypes
import TestSupport
import Testing

@Suite("fscache get: what is cached, and for how long")
struct GetCachingTests {
    @Test(
        "--expire-after takes seconds, and units",
        arguments: [("300", 300.0), ("90s", 90), ("5m", 300), ("2h", 7200), ("1.5h", 5400), ("7d", 604_800)]
    )
    func expireAfter(argument: String, seconds: Double) async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                _ = try await tool("get", "--expire-after", argument, origin.url("/json").absoluteString)
                #expect(try await tool.list().map(\.lifetime) == [seconds])
            }
        }
    }

    @Test("--expire-after never, immediately and none")
    func expireAfterWords() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                _ = try await tool("get", "--expire-after", "never", origin.url("/json").absoluteString)
                #expect(try await tool.list().map(\.expires) == [nil])

                let tagged = origin.url("/etag/v1").absoluteString
                for _ in 1...2 {
                    #expect(try await tool("get", "--expire-after", "immediately", tagged).text == "content of v1")
                }
                #expect(origin.lastRequest("/etag/v1")?.fields["If-None-Match"] == "\"v1\"")

                let counter = origin.url("/counter").absoluteString
                for answer in ["1", "2"] {
                    #expect(try await tool("get", "--expire-after", "none", counter).text == answer)
                }
                #expect(try await tool.list().count == 2)
            }
        }
    }

    @Test("--cache-control lets the response say how long it is fresh")
    func cacheControl() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                _ = try await tool(
                    "get",
                    "--cache-control",
                    origin.url("/fields?Cache-Control=max-age%3D60").absoluteString
                )
                let lifetime = try #require(try await tool.list().first?.lifetime)
                #expect((58...60).contains(lifetime))
                _ = try await tool(
                    "get",
                    "--cache-control",
                    origin.url("/fields?Cache-Control=no-store").absoluteString
                )
                #expect(try await tool.list().count == 1)
            }
        }
    }

    @Test("--refresh validates the entry, --force-refresh fetches again")
    func refresh() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let tagged = origin.url("/etag/v1").absoluteString
                _ = try await tool("get", tagged)
                let refreshed = try await tool("get", "-i", "--refresh", tagged).text
                #expect(refreshed.contains("Cache-Status: FSCache; fwd=request; fwd-status=304"))
                #expect(refreshed.hasSuffix("\n\ncontent of v1"))

                let counter = origin.url("/counter").absoluteString
                #expect(try await tool("get", counter).text == "1")
                #expect(try await tool("get", "--force-refresh", counter).text == "2")
                #expect(try await tool("get", counter).text == "2")
            }
        }
    }

    @Test("--only-if-cached never uses the network: a miss is a message and exit code 1")
    func onlyIfCached() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/counter").absoluteString
                let miss = try await tool("get", "--only-if-cached", url)
                #expect(miss.status == 1)
                #expect(miss.output.isEmpty)
                let first = "Error: No stored response answers GET \(url).\n"
                let advice = "To store a response, leave out --only-if-cached.\n"
                #expect(miss.errors == "\(first)Nothing is stored.\n\(advice)")
                #expect(origin.requests.isEmpty)

                _ = try await tool("get", url)
                let hit = try await tool("get", "--only-if-cached", url)
                #expect(hit.status == 0)
                #expect(hit.text == "1")
                #expect(origin.requests.count == 1)

                let other = try await tool("get", "--only-if-cached", "\(url)?a=1&api_key=s3cret")
                #expect(other.status == 1)
                #expect(
                    other.errors == """
                        Error: No stored response answers GET \(url)?a=1&api_key=REDACTED.
                        The path is stored, but with another query. The most similar stored request:
                          GET \(url)
                            query a        wanted 1         stored (absent)
                            query api_key  wanted REDACTED  stored (absent)
                        \(advice)
                        """
                )
            }
        }
    }

    @Test("--only-if-cached serves a stored 504")
    func storedGatewayTimeout() async throws {
        try await withTool { tool in
            let url = try #require(URL(string: "http://127.0.0.1:9/gone"))
            try await tool.store(url, status: 504, body: "was down")
            let outcome = try await tool("get", "--only-if-cached", url.absoluteString)
            #expect(outcome.status == 0)
            #expect(outcome.text == "was down")
        }
    }

    @Test("--stale-if-error serves an expired response when the origin is down")
    func staleIfError() async throws {
        try await withTool { tool in
            let origin = try Origin()
            origin.stop()
            let url = origin.url("/page")
            try await tool.store(url, body: "old", expireAfter: 60)

            let text = url.absoluteString
            #expect(try await tool("get", text).status == 1)
            #expect(try await tool("get", "--stale-if-error=1h", text).status == 1)
            #expect(try await tool("get", text, "--stale-if-error", "1h").status == 1)
            for arguments in [
                ["--stale-if-error", text], [text, "--stale-if-error"], ["--stale-if-error", "-i", text],
                ["--stale-if-error=36500d", text], ["--stale-if-error", "36500d", text],
                ["--stale-if-error", "--", text],
            ] {
                let outcome = try await tool.run(Tool.executable, ["get"] + arguments)
                #expect(outcome.status == 0, "\(arguments)")
                #expect(outcome.text.hasSuffix("old"))
            }
            #expect(
                try await tool("get", "-i", "--stale-if-error", text).text.contains("detail=\"stands in for: ")
            )
        }
    }

    @Test("--stale-if-error serves an expired response when the origin answers with an error")
    func staleIfErrorStatus() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/status/503")
                try await tool.store(url, body: "old", expireAfter: 60)
                let allowed = try await tool("get", "--stale-if-error", url.absoluteString)
                #expect(allowed.text == "old")
                let tooOld = try await tool("get", "--stale-if-error=1h", "--fail", url.absoluteString)
                #expect(tooOld.status == 1)
            }
        }
    }

    @Test("--serializer chooses the format of new entries", arguments: SerializerCase.all)
    func serializer(_ serializer: SerializerCase) async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/bytes/300").absoluteString
                for _ in 1...2 {
                    let outcome = try await tool("get", "--serializer", serializer.name, url)
                    #expect(outcome.output == Origin.bytes(300))
                }
                #expect(origin.requests.count == 1)
                #expect(try await tool.list().map(\.serializer) == [serializer.name])
                #expect(tool.entryFiles().map { $0.hasSuffix(".\(serializer.fileExtension)") } == [true])
            }
        }
    }

    @Test("--read-only uses stored entries, and creates and stores nothing")
    func readOnly() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/counter").absoluteString
                let outcome = try await tool("get", "--read-only", url)
                #expect(outcome.text == "1")
                #expect(outcome.errors.isEmpty)
                #expect(!tool.hasCache)

                #expect(try await tool("get", url).text == "2")
                #expect(try await tool("get", "--read-only", url).text == "2")
                #expect(try await tool("get", "--read-only", "--force-refresh", url).text == "3")
                #expect(try await tool("get", "--read-only", url).text == "2")
            }
        }
    }

    @Test(
        "get waits for another process that fetches the response; with --no-collapse it does not",
        .timeLimit(.minutes(2))
    )
    func collapsing() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/counter").absoluteString
                let cache = try ResponseCache(tool.cacheFolder.path())
                let backend = try #require(cache.backend as? any LeasingBackend)
                let key = try cache.key(for: HTTPRequest(url: url))
                let lease = try #require(try await backend.lease(key, for: .seconds(3600)))
                try await #expect(tool("get", "--no-collapse", url).text == "1")
                try await cache.clear()
                async let second = tool("get", url)
                // If it doesn't wait, this is enough time for its request.
                try await Task.sleep(for: .milliseconds(500))
                #expect(origin.count("/counter") == 1)
                await lease.release()
                try await #expect(second.text == "2")
            }
        }
    }
}
