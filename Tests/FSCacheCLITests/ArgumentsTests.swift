import FSCache
import Foundation
import HTTPTypes
import Testing

@testable import FSCacheCLI

@Suite("Arguments")
struct ArgumentsTests {
    @Test(
        "Ages",
        arguments: [
            ("0", Duration.zero), ("300", .seconds(300)), ("1.5", .milliseconds(1500)), ("45s", .seconds(45)),
            ("5m", .seconds(300)), ("0.5h", .seconds(1800)), ("7d", .seconds(604_800)),
        ]
    )
    func ages(text: String, duration: Duration) throws {
        #expect(try #require(Age(text)).duration == duration)
    }

    @Test(
        "An invalid age",
        arguments: ["", "s", "-1", "+1", "1w", "1 h", "1e3", "0x10", "inf", "nan", "1.2.3", "١", "h5"]
    )
    func noAges(text: String) {
        #expect(Age(text) == nil)
    }

    @Test("An age of more than 100 years is an error that says so", arguments: ["36526d", "200000d", "1000000000h"])
    func longAge(text: String) throws {
        #expect(try #require(Age("36525d")).duration == .seconds(3_155_760_000))
        for text in [text, String(repeating: "9", count: 400) + "d"] {
            #expect(Age(text) == nil)
            let error = #expect(throws: (any Error).self) { try Age(argument: text) }
            #expect("\(try #require(error))".contains("100 years"))
            #expect(throws: (any Error).self) { try Expiration(argument: text) }
            #expect(throws: (any Error).self) { try StaleAllowance(argument: text) }
            #expect(OptionalValue.completed(["--stale-if-error", text]) == ["--stale-if-error", text])
        }
    }

    @Test(
        "The value of --stale-if-error is optional",
        arguments: [
            ("get --stale-if-error URL", "get --stale-if-error=always URL"),
            ("get URL --stale-if-error", "get URL --stale-if-error=always"),
            ("get --stale-if-error 1h URL", "get --stale-if-error 1h URL"),
            ("get --stale-if-error=1h URL", "get --stale-if-error=1h URL"),
            ("get --stale-if-error --fail URL", "get --stale-if-error=always --fail URL"),
            ("get -- --stale-if-error", "get -- --stale-if-error"),
            ("get --stale-if-error -- URL", "get --stale-if-error=always -- URL"),
        ]
    )
    func optionalValue(typed: String, parsed: String) {
        let completed = OptionalValue.completed(typed.split(separator: " ").map(String.init))
        #expect(completed.joined(separator: " ") == parsed)
    }

    @Test(
        "An entry with redacted parameters is found by its requested URL",
        arguments: [
            ("http://h/p?a=1", "http://h/p?a=1", true), ("http://h/p?b=2&a=1", "http://h/p?a=1&b=2", true),
            ("http://h/p?n=5", "http://h/p?n=REDACTED", true), ("http://h/p", "http://h/p?n=REDACTED", true),
            ("http://h/p?n%20m=5", "http://h/p?n%20m=REDACTED", true),
            ("http://h/p?api_key=5", "http://h/p?api_key=REDACTED", true),
            ("http://h/p?a=2", "http://h/p?a=1&n=REDACTED", false), ("http://h/q?n=5", "http://h/p?n=REDACTED", false),
            ("http://h/p?n=5", "http://h/p", false), ("http://h/p", "what is no URL?n=REDACTED", false),
        ]
    )
    func storedURLs(requested: String, stored: String, matches: Bool) throws {
        #expect(try StoredURLMatcher(HTTPRequest(url: requested)).matches(stored) == matches)
    }

    @Test("Sizes and ages are printed in readable units")
    func readable() {
        #expect(
            [0, 1023, 1024, 1_048_575, 5 << 30].map(Readable.size) == [
                "0 B", "1023 B", "1.0 KiB", "1023.9 KiB", "5.0 GiB",
            ]
        )
        #expect([-5, 59, 60, 7199, 86_400].map(Readable.age) == ["0s", "59s", "1m", "1h", "1d"])
        #expect(Readable.exactTime(.init(timeIntervalSince1970: 0.0699999)) == "1970-01-01T00:00:00.070Z")
        #expect(Readable.exactTime(.init(timeIntervalSince1970: -0.25)) == "1969-12-31T23:59:59.750Z")
    }
}
