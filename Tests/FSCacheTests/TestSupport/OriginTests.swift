import Foundation
import TestSupport
import Testing

/// The other tests rely on the origin, so these check it with python's HTTP client.
@Suite("Origin")
struct OriginTests {
    private func fetch(_ origin: Origin, _ script: String) async throws -> String {
        let preamble = """
            import sys, json, gzip, http.client
            connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=120)
            def fetch(method, target, body=None, headers={}):
                connection.request(method, target, body, headers)
                response = connection.getresponse()
                return response, response.read()

            """
        return String(decoding: try await Python.run(preamble + script, arguments: ["\(origin.port)"]), as: UTF8.self)
    }

    @Test("The origin keeps the connection, counts requests, and shows them")
    func echo() async throws {
        try await withOrigin { origin in
            let output = try await fetch(
                origin,
                """
                for n in range(3): fetch("GET", "/counter/a?n=%d" % n)
                print(fetch("GET", "/counter/a")[1].decode())
                echo = json.loads(fetch("POST", "/echo?x=1", b"content", {"X-One": "1"})[1])
                print(echo["method"], echo["target"], echo["headers"]["x-one"], echo["body"])
                print(fetch("PUT", "/echo", iter([b"con", b"tent"]), {})[1].decode().count('"content"'))
                """
            )
            #expect(output == "4\nPOST /echo?x=1 1 content\n1\n")
            #expect(origin.count("/counter/a") == 4)
            #expect(origin.connectionCount == 1)
            #expect(origin.lastRequest("/counter/a")?.target == "/counter/a")
            #expect(origin.requests.count == 6)
        }
    }

    @Test("The origin answers with validators, redirects, cookies, challenges and coded content")
    func site() async throws {
        try await withOrigin { origin in
            let output = try await fetch(
                origin,
                """
                def status(*arguments): return fetch(*arguments)[0].status
                tag = fetch("GET", "/etag/v1")[0].headers["ETag"]
                print(tag, status("GET", "/etag/v1", None, {"If-None-Match": tag}))
                date = fetch("GET", "/last-modified")[0].headers["Last-Modified"]
                print(status("GET", "/last-modified", None, {"If-Modified-Since": date}))
                print([fetch("GET", "/redirect/2?status=%d" % s)[0].headers["Location"] for s in (301, 308)])
                print(fetch("GET", "/cookies/set?a=1&b=2")[0].headers.get_all("Set-Cookie"))
                print(status("GET", "/basic-auth/u/p"))
                print(status("GET", "/basic-auth/u/p", None, {"Authorization": "Basic dTpw"}))
                print(len(gzip.decompress(fetch("GET", "/gzip")[1])))
                print(fetch("HEAD", "/bytes/10")[0].headers["Content-Length"], len(fetch("HEAD", "/bytes/10")[1]))
                print(status("GET", "/status/204"), status("GET", "/status/599"), status("GET", "/nowhere"))
                """
            )
            #expect(
                output == """
                    "v1" 304
                    304
                    ['/redirect/1?status=301', '/redirect/1?status=308']
                    ['a=1; Path=/', 'b=2; Path=/']
                    401
                    200
                    \(Origin.gzipped.utf8.count)
                    10 0
                    204 599 404

                    """
            )
        }
    }

    @Test("The origin misbehaves on request")
    func misbehaviour() async throws {
        let answers: [String: Origin.Response] = [
            "/short": Origin.Response(framing: .declaredLength(10), content: [.send(Data("abc".utf8)), .close]),
            "/chunks": Origin.Response(framing: .chunked, content: [.send(Data("ab".utf8)), .send(Data("c".utf8))]),
            "/broken": Origin.Response(framing: .chunked, content: [.send(Data("ab".utf8)), .close]),
            "/reset": Origin.Response(framing: .declaredLength(10), content: [.reset]),
            "/early": Origin.Response(body: "x").preceded(by: 100),
        ]
        try await withOrigin({ answers[$0.path] ?? Origin.Response(status: 404) }) { origin in
            let output = try await fetch(
                origin,
                """
                for target in ("/chunks", "/short", "/broken", "/reset", "/early"):
                    try: print(fetch("GET", target)[1].decode())
                    except Exception as error: print(type(error).__name__)
                    connection.close()
                """
            )
            #expect(output == "abc\nIncompleteRead\nIncompleteRead\nConnectionResetError\nx\n")
        }
    }

    @Test("The origin opens and waits for gates, and releases waiting tests when it stops")
    func gates() async throws {
        let (reached, never) = (Gate(), Gate())
        let origin = try Origin { _ in
            Origin.Response(framing: .chunked, content: [.send(Data("ab".utf8)), .open(reached), .wait(never)])
        }
        async let output = fetch(
            origin,
            """
            try: fetch("GET", "/")
            except Exception as error: print(type(error).__name__)
            """
        )
        await reached.opened()
        origin.stop()
        // The system decides how an abandoned connection ends.
        let ending = try await output
        #expect(["IncompleteRead\n", "ConnectionResetError\n"].contains(ending))
        #expect(!never.isOpen)
    }
}
