import Foundation
import HTTPTypes
import Testing

@testable import FSCache

@Suite("Validators (RFC 9111 §4.3)")
struct ValidatorTests {
    @Test("A conditional request has both validators unchanged")
    func makesConditional() {
        var request: HTTPFields = [.accept: "*/*"]
        let stored: HTTPFields = [.eTag: "W/\"a,b\"", .lastModified: "Sun, 06 Nov 1994 08:49:37 GMT"]
        Validators.makeConditional(&request, with: stored)
        #expect(
            request == [
                .accept: "*/*", .ifNoneMatch: "W/\"a,b\"", .ifModifiedSince: "Sun, 06 Nov 1994 08:49:37 GMT",
            ]
        )
    }

    @Test("A 304 replaces the fields that it has and keeps the others")
    func merges() throws {
        let custom = try #require(HTTPField.Name("X-Custom"))
        var stored: HTTPFields = [.date: "old", .contentType: "text/plain", .eTag: "\"1\"", .server: "a"]
        stored.append(HTTPField(name: .setCookie, value: "a=1"))
        stored.append(HTTPField(name: .setCookie, value: "b=2"))
        var update: HTTPFields = [.date: "new", .eTag: "\"2\"", custom: "x"]
        update.append(HTTPField(name: .setCookie, value: "c=3"))
        var expected: HTTPFields = [.date: "new", .contentType: "text/plain", .eTag: "\"2\"", .server: "a"]
        expected.append(HTTPField(name: .setCookie, value: "c=3"))
        expected.append(HTTPField(name: custom, value: "x"))
        #expect(Validators.merge(stored, with: update) == expected)
    }

    @Test("A merge keeps the fields that describe the stored content, and adds no connection fields")
    func keepsContentFields() throws {
        let hop = try #require(HTTPField.Name("X-Hop"))
        let stored: HTTPFields = [.contentLength: "5", .contentType: "text/plain"]
        let update: HTTPFields = [
            .contentLength: "0", .transferEncoding: "chunked", .contentType: "text/html", .connection: "close, X-Hop",
            hop: "1", .contentEncoding: "gzip",
        ]
        #expect(Validators.merge(stored, with: update) == stored)
    }
}
