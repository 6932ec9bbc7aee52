import FSCacheTesting
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import FSCache

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

@Suite("Head of a URLSession response")
struct URLSessionHeadTests {
    private func response(status: Int = 200, _ fields: [String: String] = [:]) throws -> HTTPURLResponse {
        let url = try #require(URL(string: "http://stub.invalid"))
        return try #require(HTTPURLResponse(url: url, statusCode: status, httpVersion: nil, headerFields: fields))
    }

    @Test("Fields are sorted by name, and fields with an invalid name are left out")
    func fields() throws {
        let fields = ["b": "2", "A": "1", "Set-Cookie": "z=1, a=2", "bad name": "x", "": "x", ":status": "x"]
        let head = try HTTPResponse(response(fields))
        let lines = head.headerFields.map { "\($0.name.canonicalName): \($0.value)" }
        #expect(lines == ["a: 1", "b: 2", "set-cookie: z=1", "set-cookie: a=2"])
    }

    @Test("More fields than a head can hold are refused")
    func tooManyFields() throws {
        let cookies = Array(repeating: "a=", count: 70_000).joined(separator: ", ")
        let response = try response(["Set-Cookie": cookies])
        let error = #expect(throws: FSCacheError.self) { try HTTPResponse(response) }
        #expect(error?.code == .invalidResponse)
    }

    @Test("An invalid status, and a response of another protocol, are refused")
    func noHTTPResponse() throws {
        let odd = try response(status: 1000)
        let url = try #require(odd.url)
        let plain = URLResponse(url: url, mimeType: nil, expectedContentLength: 0, textEncodingName: nil)
        for response in [odd, plain] {
            let error = #expect(throws: FSCacheError.self) { try HTTPResponse(response) }
            #expect(error?.code == .invalidResponse)
        }
    }

    @Test(
        "Cookies that URLSession has joined are split again",
        arguments: [
            [], ["a=1"], ["a=1", "b=2"], ["a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT", "b=2; Path=/; Secure"],
            ["a=1; expires=Wed, 09-Jun-27 10:18:14 GMT; Path=/", "b=", "c=x=y"], ["a=b, c d=e"], ["a=\"1,2\"", "b=,"],
            ["__Host-id=1; SameSite=None", "$x=1"], [#"prefs="a=1, b=2"; Path=/"#],
            [#"a="b=1, c=2""#, #"d="e=3, f=4" ; Secure"#],
            [#"a="x\", y=1, z=2""#, "b=2"], [#"a=1; Comment="x, y=2"; Path=/"#, "b=3"],
            [#"a="not closed"#, "b=1", #"c="2""#], [#"a="x"y"#, "b=1"],
        ]
    )
    func takenApart(_ cookies: [String]) {
        let joined = cookies.joined(separator: ", ")
        #expect(HTTPResponse.setCookieValues(joined: joined) == (cookies.isEmpty ? [""] : cookies))
    }

    @Test("Generated cookies are split as they were joined", arguments: 0..<50)
    func generated(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let names = ["a", "session_id", "__Secure-x", "n!#$%&'*+-.^_`|~"]
        let values = ["", "1", "a=b", "\"q\"", "x,y", "%2C%20", "\"m=n, o=p\"", "\"\""]
        let attributes = [
            "Path=/", "Expires=Thu, 01 Jan 1970 00:00:00 GMT", "HttpOnly", "Max-Age=0", "Domain=a.example",
        ]
        let cookies = (0..<Int.random(in: 1...5, using: &generator)).map { _ in
            let pair = "\(names.randomElement(using: &generator)!)=\(values.randomElement(using: &generator)!)"
            let chosen = attributes.shuffled(using: &generator).prefix(Int.random(in: 0...3, using: &generator))
            return ([pair] + chosen).joined(separator: "; ")
        }
        #expect(HTTPResponse.setCookieValues(joined: cookies.joined(separator: ", ")) == cookies, "seed \(seed)")
    }
}
