import FSCache
import Foundation
import HTTPTypes
import TestSupport
import Testing

@Suite("Redirects to another origin")
struct OtherOriginTests {
    private static let content: [(RequestContent, Bool)] = [
        (.form(["q": "1"]), true), (.form(["q": "1", "access_token": "s"]), false),
        (.bytes(Data(#"{"q":[1]}"#.utf8), contentType: "application/json"), true),
        (.bytes(Data(#"{"q":1,"API_KEY":"s"}"#.utf8), contentType: "application/json"), false),
        (.text("api_key=s"), false), (.bytes(Data()), true),
    ]

    private func session(_ status: Int, _ location: String) -> SessionUnderTest {
        SessionUnderTest { exchange in
            TransportResponse(exchange.ordinal == 1 ? status : 200, [.location: location])
        }
    }

    @Test(
        "A redirect that repeats the content is not followed if that holds a credential, or may hold one",
        arguments: [307, 308],
        content
    )
    func keepsContent(status: Int, row: (content: RequestContent, isFollowed: Bool)) async throws {
        for location in ["https://other.example/", "http://example.com/items", "https://example.com:444/items"] {
            let test = session(status, location)
            let response = try await test.session.post(SessionUnderTest.url, content: row.content)
            #expect(test.transport.count == (row.isFollowed ? 2 : 1))
            #expect(response.status.code == (row.isFollowed ? 200 : status))
        }
        let own = session(status, "/other")
        _ = try await own.session.post(SessionUnderTest.url, content: row.content)
        #expect(own.transport.exchanges.last?.body == row.content.bytes && own.transport.count == 2)
    }

    @Test("PUT keeps its content after a 301 and a 302, too", arguments: [301, 302])
    func keepsContentOfPut(status: Int) async throws {
        let test = session(status, "https://other.example/")
        let response = try await test.session.put(SessionUnderTest.url, content: .form(["apikey": "s"]))
        #expect(response.status.code == status && test.transport.count == 1)
    }

    @Test("A redirect that drops the content is followed", arguments: [301, 302, 303])
    func dropsContent(status: Int) async throws {
        let test = session(status, "https://other.example/")
        _ = try await test.session.post(SessionUnderTest.url, content: .form(["access_token": "s"]))
        #expect(test.transport.count == 2 && test.transport.exchanges[1].body.isEmpty)
    }

    @Test(
        "A Referer with a credential stays with its origin",
        arguments: [
            ("https://example.com/?access_token=s", false), ("https://u:p@example.com/", false),
            ("https://example.com/a?b=c", true),
        ]
    )
    func keepsReferer(referer: String, isSent: Bool) async throws {
        for (location, isSent) in [("https://other.example/", isSent), ("/other", true)] {
            let test = session(302, location)
            _ = try await test.session.get(SessionUnderTest.url, headers: [.referer: referer])
            #expect(test.transport.exchanges[1].request.headerFields[.referer] == (isSent ? referer : nil))
        }
    }

    @Test(
        "Credential fields are left out in any spelling",
        arguments: ["X_Api_Key", "proxy_authorization", "X.Auth.Token"]
    )
    func keepsSpellings(name: String) async throws {
        let name = try #require(HTTPField.Name(name))
        let test = session(302, "https://other.example/")
        _ = try await test.session.get(SessionUnderTest.url, headers: [name: "s"])
        #expect(test.transport.exchanges[1].request.headerFields == [:])
    }
}
