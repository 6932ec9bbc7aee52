#if Proxy
import Foundation
import TestSupport
import Testing

@testable import FSCacheProxy

// The limits are long for a client on the same machine, because many tests run at once.
@Suite("Limits for the proxy's clients", .timeLimit(.minutes(1)))
struct ClientLimitTests {
    private func withLimits(
        _ limits: ClientLimits,
        _ handler: @escaping Origin.Handler = Origin.site,
        _ body: @escaping @Sendable (Origin, ProxyHarness) async throws -> Void
    ) async throws {
        try await withOrigin(handler) { origin in
            try await withProxy(to: origin.url(), limits: limits) { proxy in try await body(origin, proxy) }
        }
    }

    @Test("A connection without a request is closed, before and after a request", arguments: [false, true])
    func idle(isUsed: Bool) async throws {
        try await withLimits(ClientLimits(idle: .seconds(5))) { _, proxy in
            let client = try proxy.connect()
            if isUsed { _ = try await client.exchange("GET /json HTTP/1.1\nHost: h\n\n") }
            #expect(await client.isAtEnd())
        }
    }

    @Test("Waiting for the origin is not idling")
    func slowOrigin() async throws {
        let gate = Gate()
        let handler: Origin.Handler = { _ in Origin.Response(body: "late").delayed(until: gate) }
        let short = Duration.milliseconds(1500)
        try await withLimits(ClientLimits(idle: short, head: short, stall: short), handler) { _, proxy in
            let client = try proxy.connect()
            await client.send("GET / HTTP/1.1\nHost: h\n\n")
            try await Task.sleep(for: .milliseconds(2000))
            gate.open()
            #expect(try await client.response().text == "late")
        }
    }

    @Test("The head of a request must arrive in time, however steadily it trickles", arguments: [false, true])
    func slowHead(trickles: Bool) async throws {
        try await withLimits(ClientLimits(head: .milliseconds(1500))) { _, proxy in
            let client = try proxy.connect()
            _ = try await client.exchange("GET /json HTTP/1.1\nHost: h\n\n")
            await client.send("GET / HTTP/1.1\nHost: h\n")
            let trickle = Task {
                while trickles, !Task.isCancelled {
                    await client.send("X: 1\n")
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            let response = try await client.response()
            trickle.cancel()
            #expect(response.status == 408)
            #expect(response.fields["Connection"] == "close")
        }
    }

    @Test("Content must keep arriving", arguments: ["PUT", "GET"])
    func slowContent(method: String) async throws {
        try await withLimits(ClientLimits(stall: .milliseconds(300))) { _, proxy in
            let client = try proxy.connect()
            await client.send("\(method) /echo HTTP/1.1\nHost: h\nContent-Length: 10\n\nabc")
            let response = try await client.response()
            #expect(response.status == 408)
            #expect(response.fields["Connection"] == "close")
            #expect(await client.isAtEnd())
            #expect(await proxy.log(count: 1)[0].reason == "slow client")
        }
    }

    @Test("Content that keeps arriving may take its time")
    func steadyContent() async throws {
        try await withLimits(ClientLimits(stall: .seconds(3))) { origin, proxy in
            let client = try proxy.connect()
            await client.send("PUT /echo HTTP/1.1\nHost: h\nContent-Length: 10\n\n")
            for digit in 0..<10 {
                await client.send("\(digit)")
                try await Task.sleep(for: .milliseconds(350))
            }
            #expect(try await client.response(to: "PUT").status == 200)
            #expect(origin.requests.first?.body == Data("0123456789".utf8))
        }
    }

    private static let large: Origin.Handler = { _ in
        Origin.Response(framing: .length, content: (0..<32).map { _ in .send(Origin.bytes(1 << 20)) })
    }

    @Test("A client that stops reading loses its connection")
    func stoppedReader() async throws {
        try await withLimits(ClientLimits(stall: .milliseconds(300)), Self.large) { _, proxy in
            let client = try proxy.connect()
            await client.send("GET / HTTP/1.1\nHost: h\n\n")
            _ = try await client.head()
            #expect(await proxy.log(count: 1).map(\.isComplete) == [false])
        }
    }

    @Test("A client that reads slowly gets everything")
    func slowReader() async throws {
        try await withLimits(ClientLimits(idle: .seconds(5), stall: .seconds(15)), Self.large) { _, proxy in
            let client = try proxy.connect()
            await client.send("GET / HTTP/1.1\nHost: h\n\n")
            _ = try await client.head()
            for _ in 0..<32 {
                #expect(try await client.bytes(1 << 20).count == 1 << 20)
                try await Task.sleep(for: .milliseconds(180))
            }
            #expect(await proxy.log(count: 1).map(\.isComplete) == [true])
        }
    }

    @Test("Beyond the bound, a connection waits until another one ends")
    func connections() async throws {
        try await withLimits(ClientLimits(connectionCount: 2)) { origin, proxy in
            let request = "GET /echo HTTP/1.1\nHost: h\n\n"
            let first = try proxy.connect()
            var second: RawClient? = try proxy.connect()
            _ = try await first.exchange(request)
            _ = try await second?.exchange(request)
            let third = try proxy.connect()
            await third.send(request)
            try await Task.sleep(for: .milliseconds(200))
            #expect(origin.requests.count == 2)
            second = nil
            #expect(try await third.response().status == 200)
            _ = try await first.exchange(request)
        }
    }

    @Test("Connections that do nothing don't keep others out for long")
    func exhausted() async throws {
        try await withLimits(ClientLimits(idle: .seconds(5), connectionCount: 4)) { _, proxy in
            let idle = try (0..<8).map { _ in try proxy.connect() }
            #expect(try await proxy.get("/json").status == 200)
            for client in idle { #expect(await client.isAtEnd()) }
        }
    }
}
#endif
