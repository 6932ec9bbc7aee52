import FSCache
import Foundation
import TestSupport
import Testing

@Suite("fscache get")
struct GetTests {
    @Test("The second request is answered from the cache, byte for byte")
    func missThenHit() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/bytes/100000").absoluteString
                for _ in 1...3 {
                    let outcome = try await tool("get", url)
                    #expect(outcome.status == 0)
                    #expect(outcome.output == Origin.bytes(100_000))
                    #expect(outcome.errors.isEmpty)
                }
                #expect(origin.count("/bytes/100000") == 1)
            }
        }
    }

    @Test("-i writes the status line and the header fields first, including Cache-Status")
    func includingHead() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/fields?X-One=1").absoluteString
                let miss = try await tool("get", "-i", url).text
                let hit = try await tool("get", "--include", url).text
                for text in [miss, hit] {
                    #expect(text.hasPrefix("HTTP/1.1 200 OK\n"))
                    #expect(text.lowercased().contains("\nx-one: 1\n"))
                    #expect(text.hasSuffix("\n\n1"))
                }
                #expect(miss.contains("\nCache-Status: FSCache; fwd=uri-miss; stored\n"))
                #expect(hit.contains("\nCache-Status: FSCache; hit\n"))
            }
        }
    }

    @Test("Redirects are followed, and each hop is stored")
    func redirects() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                for target in ["/redirect/2", "/redirect/1?status=302"] {
                    let outcome = try await tool("get", "--expire-after", "1h", origin.url(target).absoluteString)
                    #expect(outcome.text == "the end, by GET")
                }
                #expect(origin.requests.count == 3)
            }
        }
    }

    @Test("-o writes to a file, through a symbolic link too, and nothing to standard output")
    func outputFile() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/bytes/70000").absoluteString
                try FileManager.default.createSymbolicLink(
                    atPath: tool.folder.appending(path: "link").path(),
                    withDestinationPath: "target"
                )
                for name in ["out", "out", "link", "link"] {
                    let outcome = try await tool("get", "-o", name, url)
                    #expect(outcome.status == 0 && outcome.output.isEmpty)
                }
                #expect(try Data(contentsOf: tool.folder.appending(path: "out")) == Origin.bytes(70000))
                #expect(try Data(contentsOf: tool.folder.appending(path: "target")) == Origin.bytes(70000))
                #expect(
                    try FileManager.default.destinationOfSymbolicLink(atPath: tool.folder.path() + "/link") == "target"
                )
                let folder = try FileManager.default.contentsOfDirectory(atPath: tool.folder.path())
                // Hidden files are URLSession's cookie storage, which it creates even if it stores no cookies.
                #expect(folder.filter { !$0.hasPrefix(".") }.sorted() == ["caches", "link", "out", "target"])

                #expect(try await tool("get", "-o", "-", url).output == Origin.bytes(70000))
            }
        }
    }

    @Test("-o writes into a pipe without replacing it")
    func outputPipe() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/bytes/9")
                let outcome = try await tool.shell(
                    "mkfifo pipe; cat pipe > copy & fscache get -o pipe '\(url)'; wait; test -p pipe"
                )
                #expect(outcome.status == 0)
                #expect(try Data(contentsOf: tool.folder.appending(path: "copy")) == Origin.bytes(9))
            }
        }
    }

    @Test("A body that ends early is an error: its beginning is on standard output, and a file stays unchanged")
    func truncatedBody() async throws {
        try await withTool { tool in
            try await withOrigin({ _ in
                Origin.Response(framing: .declaredLength(900_000), content: [.send(Origin.bytes(400_000)), .close])
            }) { origin in
                let url = origin.url("/").absoluteString
                let printed = try await tool("get", url)
                #expect(printed.status == 1)
                #expect(printed.errors.hasPrefix("Error: "))
                let isBeginning = Origin.bytes(400_000).starts(with: printed.output)
                #expect(isBeginning)

                try Data("before".utf8).write(to: tool.folder.appending(path: "out"))
                let written = try await tool("get", "-o", "out", url)
                #expect(written.status == 1)
                #expect(try Data(contentsOf: tool.folder.appending(path: "out")) == Data("before".utf8))
                let folder = try FileManager.default.contentsOfDirectory(atPath: tool.folder.path())
                #expect(folder.filter { $0.hasPrefix(".out") }.isEmpty)
                #expect(try await tool.list().isEmpty)
            }
        }
    }

    @Test(
        "A signal during -o ends the tool, and leaves neither a part of the file nor a stray",
        arguments: [SIGINT, SIGTERM]
    )
    func interruptedOutput(signal: Int32) async throws {
        try await withTool { tool in
            let gate = Gate()
            try await withOrigin({ _ in
                Origin.Response(
                    framing: .declaredLength(900_000),
                    content: [.send(Origin.bytes(400_000)), .wait(gate), .close]
                )
            }) { origin in
                defer { gate.open() }
                func strays() throws -> [String] {
                    try FileManager.default.contentsOfDirectory(atPath: tool.folder.path()).filter {
                        $0.hasPrefix(".out.")
                    }
                }
                try Data("before".utf8).write(to: tool.folder.appending(path: "out"))
                let url = origin.url("/").absoluteString
                let program = try tool.start(Tool.executable, ["get", "-o", "out", url])
                while try program.process.isRunning && strays().isEmpty { try await Task.sleep(for: .milliseconds(5)) }
                kill(program.process.processIdentifier, signal)
                let outcome = try await program.finish()
                #expect(outcome.status == signal)
                #expect(program.process.terminationReason == .uncaughtSignal)
                #expect(try Data(contentsOf: tool.folder.appending(path: "out")) == Data("before".utf8))
                #expect(try strays().isEmpty)
            }
        }
    }

    @Test("A response is stored even when nobody reads its body")
    func untaken() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/bytes/300000").absoluteString
                let untaken = try await tool("get", "-o", "missing/out", url)
                #expect(untaken.status == 1)
                let stored = try await tool("get", "--only-if-cached", url)
                let isWhole = stored.output == Origin.bytes(300000)
                #expect(isWhole)
                #expect(origin.requests.count == 1)
            }
        }
    }

    @Test("A file keeps its permissions")
    func outputPermissions() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let outcome = try await tool.shell(
                    "touch out; chmod 640 out; fscache get -o out '\(origin.url("/bytes/9"))'; stat -c %a out"
                )
                #expect(outcome.text == "640\n")
            }
        }
    }

    @Test("A file that can't be written is an error that names it")
    func unwritableOutput() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let outcome = try await tool("get", "-o", "missing/out", origin.url("/json").absoluteString)
                #expect(outcome.status == 1)
                #expect(outcome.errors.hasPrefix("Error: "))
                #expect(outcome.errors.hasSuffix("missing/out: No such file or directory\n"))
            }
        }
    }

    @Test("Statuses of 400 and above are responses; with --fail they are failures without a body")
    func failing() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/nowhere").absoluteString
                let lenient = try await tool("get", url)
                #expect(lenient.status == 0)
                #expect(lenient.text == "no page /nowhere")

                let strict = try await tool("get", "--fail", url)
                #expect(strict.status == 1)
                #expect(strict.output.isEmpty)
                #expect(strict.errors == "Error: \(url) answered 404 Not Found.\n")
                #expect(try await tool("get", "--fail", origin.url("/json").absoluteString).status == 0)
            }
        }
    }

    @Test("An origin that can't be reached is an error that names the URL")
    func unreachable() async throws {
        try await withTool { tool in
            let origin = try Origin()
            origin.stop()
            let url = origin.url("/json").absoluteString
            let outcome = try await tool("get", url)
            #expect(outcome.status == 1)
            #expect(outcome.output.isEmpty)
            #expect(outcome.errors.hasPrefix("Error: ") && outcome.errors.contains(url))
        }
    }

    @Test("An unusable cache is reported on standard error, and the response is fetched")
    func unusableCache() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/counter").absoluteString
                try Data().write(to: tool.folder.appending(path: "file"))
                let outcome = try await tool("get", "--cache", "file", url)
                #expect(outcome.status == 0)
                #expect(outcome.text == "1")
                #expect(
                    outcome.errors.hasPrefix("warning: ") && outcome.errors.contains("/file can't be used as a cache")
                )
                #expect(try await tool("get", "--only-if-cached", "--cache", "file", url).status == 1)
            }
        }
    }

    @Test("A failed write is reported on standard error, and the response is printed")
    func unwritableEntry() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/counter").absoluteString
                let key = try await tool("key", url).text
                try FileManager.default.createDirectory(at: tool.cacheFolder, withIntermediateDirectories: true)
                try Data().write(to: tool.cacheFolder.appending(path: String(key.prefix(2))))
                let outcome = try await tool("get", "-i", url)
                #expect(outcome.status == 0)
                #expect(outcome.text.hasSuffix("\n\n1"))
                #expect(outcome.errors.contains("warning: not stored (error: "))
            }
        }
    }

    @Test(
        "A read-only directory is reported on standard error, and its entries are used",
        .enabled(if: geteuid() != 0)
    )
    func directoryWithoutPermission() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/counter").absoluteString
                _ = try await tool("get", url)
                try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: tool.cacheFolder.path())
                let outcome = try await tool("get", url)
                try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: tool.cacheFolder.path())
                #expect(outcome.status == 0)
                #expect(outcome.text == "1")
                #expect(outcome.errors.hasPrefix("warning: "))
                #expect(origin.count("/counter") == 1)
            }
        }
    }

    @Test("An entry that can't be decoded is reported on standard error and fetched again")
    func damagedEntry() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/counter")
                try await tool.storeDamaged(url)
                let outcome = try await tool("get", url.absoluteString)
                #expect(outcome.text == "1")
                #expect(outcome.errors.hasPrefix("warning: miss: the entry can't be decoded ("))
                #expect(try await tool("get", url.absoluteString).text == "1")
            }
        }
    }

    @Test(
        "An error names the URL without its query and password",
        arguments: ["http://127.0.0.1:1/x?access_token=s3cret", "http://user:s3cret@127.0.0.1:1/x#s3cret"]
    )
    func secretURL(url: String) async throws {
        try await withTool { tool in
            for arguments in [["get", url], ["get", "-v", url]] {
                let outcome = try await tool.run(Tool.executable, arguments)
                #expect(outcome.status == 1)
                #expect(outcome.errors.contains("Error: http://127.0.0.1:1/x: "), "\(outcome.errors)")
                #expect(!outcome.errors.contains("s3cret"), "\(outcome.errors)")
            }
        }
    }

    @Test("-v says why a request hits or misses")
    func verbose() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/etag/v1").absoluteString
                let miss = try await tool("get", "-v", url)
                #expect(miss.errors.contains("debug: asking the origin: uri-miss (key: "))
                #expect(miss.errors.contains("debug: stored (key: "))
                #expect(try await tool("get", "--verbose", url).errors.contains("debug: hit (key: "))
                let refreshed = try await tool("get", "--refresh", "-v", url).errors
                #expect(
                    refreshed.contains(
                        "debug: validating the stored response: request (key: "
                    )
                )
                let refused = try await tool("get", "-v", origin.url("/status/404").absoluteString).errors
                #expect(refused.contains("debug: not stored: its status is not among the allowable codes"))
            }
        }
    }

    @Test("--cache is a path, relative to the working directory or with a tilde")
    func cacheDirectory() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/json").absoluteString
                _ = try await tool("get", "--cache", "mycache", url)
                _ = try await tool("get", "--cache", "~/other/cache", url)
                #expect(tool.entryFiles(in: tool.folder.appending(path: "mycache")).count == 1)
                #expect(tool.entryFiles(in: tool.folder.appending(path: "other/cache")).count == 1)
                #expect(!tool.hasCache)
                #expect(origin.count("/json") == 2)
            }
        }
    }
}
