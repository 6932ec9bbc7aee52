import Foundation
import HTTPTypes
import Testing

@testable import FSCache

@Suite("Age and freshness lifetime (RFC 9111 §4.2)")
struct FreshnessTests {
    static let received = Date(timeIntervalSince1970: 784_111_777)  // Sun, 06 Nov 1994 08:49:37 GMT
    static let date = "Sun, 06 Nov 1994 08:49:37 GMT"

    private func freshness(_ fields: HTTPFields, delay: TimeInterval = 0) -> Freshness {
        Freshness(
            fields,
            directives: CacheControl(fields),
            requestedAt: Self.received.addingTimeInterval(-delay),
            receivedAt: Self.received
        )
    }

    static let lifetimes: [(HTTPFields, TimeInterval?)] = [
        ([.cacheControl: "max-age=60", .expires: "Sun, 06 Nov 1994 09:49:37 GMT", .date: date], 60),
        ([.expires: "Sun, 06 Nov 1994 09:49:37 GMT", .date: "Sun, 06 Nov 1994 08:49:36 GMT"], 3601),
        ([.expires: "Sun, 06 Nov 1994 09:49:37 GMT"], 3600),
        ([.expires: "Sun, 06 Nov 1994 07:49:37 GMT", .date: date], 0),
        ([.date: date], nil),
        ([:], nil),
    ]

    @Test("P-23: lifetime comes from max-age, or else from Expires less Date (§4.2.1)", arguments: lifetimes)
    func findsLifetime(fields: HTTPFields, lifetime: TimeInterval?) {
        #expect(freshness(fields).explicitLifetime == lifetime)
    }

    @Test("P-24: an invalid Expires is in the past (§5.3)", arguments: ["0", "-1", "", "soon"])
    func treatsInvalidExpiresAsPast(value: String) {
        #expect(freshness([.expires: value]).explicitLifetime == 0)
    }

    @Test(
        "P-23: age counts Age, Date and the delay of the response (§4.2.3)",
        arguments: [
            ([:], 0, 0),
            ([.age: "30"], 0, 30),
            ([.age: "30"], 5, 35),
            ([.date: "Sun, 06 Nov 1994 08:48:37 GMT"], 0, 60),
            ([.date: "Sun, 06 Nov 1994 08:48:37 GMT", .age: "90"], 0, 90),
            ([.date: "Sun, 06 Nov 1994 09:49:37 GMT"], 0, 0),
            ([.age: "rubbish"], 2, 2),
            ([.age: "-5"], 0, 0),
        ] as [(HTTPFields, TimeInterval, TimeInterval)]
    )
    func computesAge(fields: HTTPFields, delay: TimeInterval, age: TimeInterval) {
        #expect(freshness(fields, delay: delay).initialAge == age)
        #expect(freshness(fields, delay: delay).age(at: Self.received.addingTimeInterval(10)) == age + 10)
    }

    @Test("Expiry is what is left of the lifetime when the response comes")
    func subtractsAge() {
        let fields: HTTPFields = [.cacheControl: "max-age=60", .age: "20"]
        #expect(freshness(fields).explicitExpiry == Self.received.addingTimeInterval(40))
    }
}
