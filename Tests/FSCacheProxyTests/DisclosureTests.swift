#if Proxy
import FSCache
import Foundation
import TestSupport
import Testing

@testable import FSCacheProxy

@Suite("What the proxy tells", .timeLimit(.minutes(1)))
struct DisclosureTests {
    @Test(
        "The access log has no secrets",
        arguments: [
            ("/echo?access_token=S3&a=1", "/echo?access_token=REDACTED&a=1"),
            ("/echo?a=1&api%5Fkey=S3", "/echo?a=1&api%5Fkey=REDACTED"),
            ("/x/../echo?b=2&a=1", "/x/../echo?b=2&a=1"),
            ("http://h/echo?apikey=S3", "http://h/echo?apikey=REDACTED"),
            ("http://user:S3@h/echo", "http://REDACTED@h/echo"),
            ("ftp://user:S3@h?apikey=S3", "ftp://REDACTED@h/?apikey=REDACTED"),
            ("/@me?session=S3", "/@me?session=REDACTED"),
        ]
    )
    func accessLog(target: String, logged: String) async throws {
        try await withOrigin { origin in
            try await withProxy(to: origin.url(), settings: { $0.ignoredParameters = ["session"] }) { proxy in
                let response = try await proxy.get(target)
                #expect(!response.text.contains("S3") || response.status == 200)
                #expect(await proxy.log(count: 1).map(\.target) == [logged])
            }
        }
    }

    @Test("A replay names the missing request and the nearest one without secrets")
    func replay() async throws {
        try await withOrigin { origin in
            try await withProxy(to: origin.url(), mode: .record) { proxy in
                _ = try await proxy.get("/echo?access_token=S3&page=1", "X-API-Key: S3\n")
                try await withProxy(to: origin.url(), mode: .replay, fixture: proxy.fixture) { replay in
                    let response = try await replay.get("/echo?access_token=T4&page=2", "X-API-Key: T4\n")
                    #expect(response.status == 504)
                    #expect(response.text.contains("access_token=REDACTED&page=2"))
                    #expect(response.text.contains("access_token=REDACTED&page=1"))
                    let texts = [response.text] + response.fields.lines.map(\.value)
                    #expect(!texts.contains { $0.contains("S3") || $0.contains("T4") })
                }
            }
        }
    }

    @Test(
        "A client whose request must not be forwarded gets its own words back, and learns nothing of others",
        arguments: [ProxyMode.normal, .offline],
        ["/never?api_key=S3&x=1", "http://h/never?api_key=S3&x=1"]
    )
    func unstored(mode: ProxyMode, target: String) async throws {
        let backend = MemoryBackend()
        try await withOrigin { origin in
            try await withProxy(to: origin.url("/echo/app"), backend: backend) { proxy in
                _ = try await proxy.get("/other?Cache-Control=max-age%3D60")
            }
            try await withProxy(to: origin.url("/echo/app"), mode: mode, backend: backend) { proxy in
                let response = try await proxy.get(target, "Cache-Control: only-if-cached\n")
                #expect(response.status == 504)
                let own = target.replacing("S3", with: "REDACTED")
                #expect(response.text == "Nothing usable is stored for GET \(own), and the origin must not be asked.\n")
                #expect(response.fields["Cache-Status"]?.contains("fwd=uri-miss") == true)
                #expect(await proxy.log(count: 1)[0].reason == "not stored")
            }
        }
    }

    @Test(
        "Control and format characters don't reach the log",
        arguments: [
            ("a\r\nb", "a  b"), ("\u{1B}[31mred\u{9B}0m", " [31mred 0m"), ("\u{202E}txt.exe\u{2066}", " txt.exe "),
            ("a\u{2028}b\u{2029}c\u{85}d", "a b c d"), ("\u{0}\u{7}\u{8}\u{7F}\t", "     "),
            ("\u{200B}\u{FEFF}\u{E0001}x", "   x"),
            ("café 日本 👩 e\u{301}", "café 日本 👩 e\u{301}"),
        ]
    )
    func logsPlainText(text: String, logged: String) {
        #expect(text.printable.unicodeScalars.elementsEqual(logged.unicodeScalars))
    }

    @Test("An invalid response of the origin is described in the log only")
    func invalidResponse() async throws {
        let handler: Origin.Handler = { _ in
            var response = Origin.Response(framing: .none, content: [])
            response.prelude = [.sendRaw(Data("HTTP/1.1 200 OK\r\nsecret internals\r\n\r\n".utf8)), .close]
            return response
        }
        try await withOriginAndProxy(handler) { _, proxy in
            let response = try await proxy.get("/")
            #expect(response.status == 502)
            #expect(response.text == "The origin's response is invalid.\n")
            #expect(await proxy.log(count: 1)[0].reason.hasPrefix("bad response ("))
        }
    }

    @Test("TRACE returns no credentials")
    func trace() async throws {
        try await withOriginAndProxy { _, proxy in
            let fields = "X-API-Key: S3\nx_api_key: S3\nCookie: S3\nX-Field: value\nMax-Forwards: 0\n"
            let response = try await proxy.exchange("TRACE /?api_key=S3 HTTP/1.1\nHost: h\n\(fields)\n")
            #expect(response.text.contains("X-Field: value"))
            #expect(!response.text.contains("S3"))
        }
    }
}
#endif
