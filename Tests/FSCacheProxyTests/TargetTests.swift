#if Proxy
import Foundation
import TestSupport
import Testing

@testable import FSCacheProxy

@Suite("Targets of the proxy", .timeLimit(.minutes(1)))
struct TargetTests {
    @Test("A forward proxy uses the absolute URLs of requests")
    func forward() async throws {
        try await withOrigin { origin in
            try await withProxy(to: nil) { proxy in
                let url = origin.url("/echo/a?b=c")
                let response = try await proxy.exchange("GET \(url) HTTP/1.1\nHost: whatever\n\n")
                #expect(response.status == 200)
                #expect(origin.requests[0].target == "/echo/a?b=c")
                #expect(origin.requests[0].fields.values(of: "Host") == ["127.0.0.1:\(origin.port)"])
            }
        }
    }

    @Test(
        "A forward proxy rejects unusable URLs with a reason",
        arguments: ["/path", "https://example.com/", "ftp://example.com/", "http://user@example.com/", "http:///path"]
    )
    func forwardRefused(target: String) async throws {
        try await withProxy(to: nil) { proxy in
            let response = try await proxy.exchange("GET \(target) HTTP/1.1\nHost: h\n\n")
            #expect(response.status == 400)
            #expect(!response.text.isEmpty)
        }
    }

    @Test("A reverse proxy prepends the origin's path, also for absolute URLs")
    func reverse() async throws {
        try await withOrigin { origin in
            try await withProxy(to: origin.url("/echo/base/")) { proxy in
                _ = try await proxy.get("/a?b")
                _ = try await proxy.get("http://example.com/c")
                #expect(origin.requests.map(\.target) == ["/echo/base/a?b", "/echo/base/c"])
            }
        }
    }

    @Test(
        "What is keyed is what is sent: an origin's answer to one spelling is not the answer to another",
        arguments: [
            "/x/../page", "/x/%2e%2e/page", "/x/.%2E/page", "/./page", "//page", "/%70age", "/page/", "/page/.",
            "/page?",
            "/page?a=1&b=2", "/page?%61=1", "/page?a=1&&b=2", "/x/..%2fpage", "/x/..;/page", "/../page",
        ]
    )
    func spellings(target: String) async throws {
        let handler: Origin.Handler = { request in
            let status = ["/page", "/page?b=2&a=1", "/page?a=1"].contains(request.target) ? 200 : 404
            return Origin.Response(status: status, fields: ["Cache-Control": "max-age=60"], body: request.target)
        }
        try await withOriginAndProxy(handler) { origin, proxy in
            for _ in 1...2 { #expect(try await proxy.get(target).text == target) }
            for other in ["/page", "/page?b=2&a=1", "/page?a=1"] {
                let response = try await proxy.get(other)
                #expect(response.status == 200 && response.text == other)
            }
            #expect(origin.requests.map(\.target) == [target, "/page", "/page?b=2&a=1", "/page?a=1"])
        }
    }

    @Test(
        "Escapes of octets that aren't UTF-8 are forwarded as they are",
        arguments: ["GET", "DELETE", "PUT"],
        ["/caf%E9", "/items/%FF?q=%FF", "/%C0%AE", "/a%00b", "/%ED%A0%80/", "/%e9", "//%FF"]
    )
    func otherOctets(method: String, target: String) async throws {
        try await withOrigin({ Origin.Response(body: $0.target) }) { origin in
            for prefix in ["", "/base"] {
                try await withProxy(to: origin.url("\(prefix)/")) { proxy in
                    let fields = "Host: h\nContent-Length: 0\n"
                    let response = try await proxy.exchange("\(method) \(target) HTTP/1.1\n\(fields)\n")
                    #expect(response.text == prefix + target)
                }
            }
        }
    }

    @Test("A forward proxy writes a host as it is keyed", arguments: ["loc%61lhost", "LOCALHOST", "localhost"])
    func hosts(host: String) async throws {
        try await withOrigin({ Origin.Response(fields: ["Cache-Control": "max-age=60"], body: $0.fields["Host"] ?? "") }
        ) {
            origin in
            try await withProxy(to: nil) { proxy in
                for spelling in [host, "localhost"] {
                    let target = "http://\(spelling):0\(origin.port)/"
                    let response = try await proxy.exchange("GET \(target) HTTP/1.1\nHost: h\n\n")
                    #expect(response.text == "localhost:\(origin.port)")
                }
                #expect(origin.requests.count == 1)
            }
        }
    }

    @Test("A recording is replayed for the spelling that was recorded", arguments: ["/x/../page?b=2&a=1", "/%70age?"])
    func recordedSpelling(target: String) async throws {
        try await withOrigin({ Origin.Response(body: $0.target) }) { origin in
            try await withProxy(to: origin.url(), mode: .record) { proxy in
                #expect(try await proxy.get(target).text == target)
                try await withProxy(to: origin.url(), mode: .replay, fixture: proxy.fixture) { replay in
                    let found = try await replay.get(target)
                    let other = try await replay.get("/page?a=1&b=2")
                    #expect(found.text == target)
                    #expect(other.status == 504)
                }
            }
        }
    }

    @Test("An unsafe request invalidates the responses for its target as written", arguments: ["/x/../a", "/%61?q="])
    func invalidation(target: String) async throws {
        let handler: Origin.Handler = { request in
            Origin.Response(fields: ["Cache-Control": "max-age=60"], body: "\(request.ordinal)")
        }
        try await withOriginAndProxy(handler) { origin, proxy in
            for _ in 1...2 { _ = try await proxy.get(target) }
            _ = try await proxy.exchange("PUT \(target) HTTP/1.1\nHost: h\nContent-Length: 0\n\n")
            _ = try await proxy.get(target)
            #expect(origin.requests.map(\.method) == ["GET", "PUT", "GET"])
        }
    }

    @Test(
        "Nothing leaves the path of the origin",
        arguments: [
            "/..", "/../a", "/a/../../b", "/%2e%2e/a", "/.%2e/a", "/%2E./a", "/a/..%2f..%2fb", "/..%2fa",
            "/..%5ca", "/..\\a", "/a\\..\\..\\b", "/%252e%252e/a", "/..%252fa", "/..;/a", "/..;x=y/a", "/%2e%2e%3b/a",
            "/a//../../b", "/./../a", "/a/./../../b", "/..%00/a", "/.%09./a", "/%c0%ae%c0%ae/a", "/..%c0%afa",
            "/;/../a", "/a%2f../../b",
            "http://h/../a",
        ]
    )
    func climbing(target: String) async throws {
        try await withOrigin { origin in
            try await withProxy(to: origin.url("/echo/base")) { proxy in
                let response = try await proxy.get(target)
                #expect(response.status == 400)
                #expect(origin.requests.isEmpty)
            }
        }
    }

    @Test(
        "Dot segments within the path of the origin are forwarded as they are",
        arguments: [
            "/a/../b", "/a/b/../../c", "/...", "/..a", "/a..", "/a/%2e%2e/b", "/a?q=/../..", "/a%2fb/../c", "/%",
        ]
    )
    func notClimbing(target: String) async throws {
        try await withOrigin({ Origin.Response(body: $0.target) }) { origin in
            try await withProxy(to: origin.url("/base/")) { proxy in
                let sent = target == "/%" ? "/base/%25" : "/base\(target)"
                let response = try await proxy.get(target)
                #expect(response.text == sent)
            }
        }
    }

    @Test("CONNECT is rejected with a reason", arguments: [true, false])
    func connect(isReverse: Bool) async throws {
        try await withOrigin { origin in
            try await withProxy(to: isReverse ? origin.url() : nil) { proxy in
                let client = try proxy.connect()
                let response = try await client.exchange("CONNECT example.com:443 HTTP/1.1\nHost: example.com:443\n\n")
                #expect(response.status == 501)
                #expect(response.text.contains("CONNECT is rejected"))
                #expect(await client.isAtEnd())
                #expect(origin.requests.isEmpty)
            }
        }
    }

    @Test("A request for the proxy itself gets 508", arguments: ["127.0.0.1", "localhost", "LOCALHOST"])
    func ownAddress(host: String) async throws {
        try await withProxy(to: nil) { proxy in
            let response = try await proxy.exchange("GET http://\(host):\(proxy.port)/ HTTP/1.1\nHost: h\n\n")
            #expect(response.status == 508)
        }
    }

    @Test("A request that already came through the proxy gets 508")
    func loop() async throws {
        try await withOriginAndProxy { origin, proxy in
            let via = try #require(try await proxy.get("/json").fields["Via"])
            #expect(try await proxy.get("/echo", "Via: 1.1 other, \(via)\n").status == 508)
            #expect(try await proxy.get("/echo", "Via: \(via)-other\n").status == 200)
            #expect(origin.requests.count == 2)
        }
    }

    @Test("Two proxies that point at each other detect the loop")
    func mutualLoop() async throws {
        try await withProxy(to: nil) { proxy in
            // Use a name that only the resolver can identify as the same host.
            let response = try await proxy.exchange("GET http://127.1.2.3:\(proxy.port)/ HTTP/1.1\nHost: h\n\n")
            #expect([504, 508].contains(response.status))
        }
    }

    @Test(
        "Max-Forwards counts down, and the proxy answers at 0 (RFC 9110 §7.6.2)",
        arguments: ["OPTIONS", "TRACE"]
    )
    func maxForwards(method: String) async throws {
        try await withOriginAndProxy { origin, proxy in
            _ = try await proxy.exchange("\(method) /echo HTTP/1.1\nHost: h\nMax-Forwards: 5\n\n")
            #expect(origin.requests.map { $0.fields["Max-Forwards"] } == ["4"])
            let fields = "X-Field: value\nAuthorization: secret\nMax-Forwards: 0\n"
            let response = try await proxy.exchange("\(method) /echo HTTP/1.1\nHost: h\n\(fields)\n")
            #expect(response.status == 200)
            #expect(origin.requests.count == 1)
            if method == "TRACE" {
                #expect(response.fields["Content-Type"] == "message/http")
                #expect(response.text.hasPrefix("TRACE /echo HTTP/1.1\r\nHost: h\r\nX-Field: value\r\n"))
                #expect(!response.text.contains("secret"))
            }
        }
    }

    @Test("Max-Forwards is ignored for other methods")
    func maxForwardsOfGet() async throws {
        try await withOriginAndProxy { origin, proxy in
            let response = try await proxy.get("/echo", "Max-Forwards: 0\n")
            #expect(response.status == 200)
            #expect(origin.requests[0].fields["Max-Forwards"] == "0")
        }
    }

    @Test("The proxy answers OPTIONS * itself")
    func optionsOfServer() async throws {
        try await withOriginAndProxy { origin, proxy in
            let response = try await proxy.exchange("OPTIONS * HTTP/1.1\nHost: h\n\n")
            #expect(response.status == 200)
            #expect(origin.requests.isEmpty)
        }
    }
}
#endif
