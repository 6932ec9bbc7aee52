import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import FSCache

@Suite("Set-Cookie")
struct SetCookieTests {
    @Test(
        "What URLSession has joined is taken apart again",
        arguments: [
            [], ["a=1"], ["a=1", "b=2"], ["a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT", "b=2; Path=/; Secure"],
            ["a=1; expires=Wed, 09-Jun-27 10:18:14 GMT; Path=/", "b=", "c=x=y"], ["a=b, c d=e"], ["a=\"1,2\"", "b=,"],
            ["__Host-id=1; SameSite=None", "$x=1"],
        ]
    )
    func takenApart(_ cookies: [String]) {
        let joined = cookies.joined(separator: ", ")
        #expect(HTTPResponse.setCookieValues(joined: joined) == (cookies.isEmpty ? [""] : cookies))
    }

    @Test("Generated cookies are taken apart as they were put together", arguments: 0..<50)
    func generated(seed: UInt64) {
        var generator = SplitMix(state: seed)
        let names = ["a", "session_id", "__Secure-x", "n!#$%&'*+-.^_`|~"]
        let values = ["", "1", "a=b", "\"q\"", "x,y", "%2C%20"]
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

/// A small generator whose numbers are the same for the same seed.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
