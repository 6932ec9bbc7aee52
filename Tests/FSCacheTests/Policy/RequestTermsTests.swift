import Foundation
import HTTPTypes
import Testing

@testable import FSCache

@Suite("Policy: the terms of a request")
struct RequestTermsTests {
    private func terms(
        _ fields: HTTPFields = [:],
        method: HTTPRequest.Method = .get,
        options: RequestOptions = RequestOptions(),
        _ change: (inout CacheSettings) -> Void = { _ in }
    ) -> RequestTerms {
        var settings = CacheSettings()
        change(&settings)
        var request = HTTPRequest(method: method, scheme: "https", authority: "example.com", path: "/a")
        request.headerFields = fields
        return RequestTerms(request, options: options, policy: CachePolicy(settings))
    }

    @Test("Request directives come before options, options before rules by URL, those before the session")
    func weighs() {
        let change: (inout CacheSettings) -> Void = {
            $0.expireAfter = 1
            $0.urlsExpireAfter = ["example.com/a": 2]
        }
        #expect(terms { $0.expireAfter = 1 }.expiration == 1)
        #expect(terms([:], change).expiration == 2)
        #expect(terms(options: .init(expireAfter: 3), change).expiration == 3)
        #expect(terms([.cacheControl: "max-age=4"], options: .init(expireAfter: 3), change).expiration == 4)
    }

    @Test("doNotCache, no-store and methods that are not allowed bypass the cache")
    func bypasses() {
        #expect(terms().bypass == nil)
        #expect(terms(options: .init(expireAfter: .doNotCache)).bypass == .doNotCache)
        #expect(terms([.cacheControl: "no-store"]).bypass == .noStore)
        #expect(terms(method: .post).bypass == .method)
        #expect(terms(method: .post) { $0.allowableMethods = [.post] }.bypass == nil)
        #expect(terms([.ifNoneMatch: "\"1\""]).bypass == .conditional)
        #expect(terms([.range: "bytes=0-9"]).bypass == .conditional)
    }

    @Test(
        "A method in an override field must be allowed as well as the request's method",
        arguments: ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"]
    )
    func honoursMethodOverride(name: String) throws {
        let name = try #require(HTTPField.Name(name))
        #expect(terms([name: "DELETE"]).bypass == .method)
        #expect(terms([name: "get"], method: .post).bypass == .method)
        #expect(terms([name: "get"], method: .get).bypass == nil)
    }
}
