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

    @Test("The lifetime is max-age, or else Expires minus Date (§4.2.1)", arguments: lifetimes)
    func findsLifetime(fields: HTTPFields, lifetime: TimeInterval?) {
        #expect(freshness(fields).explicitLifetime == lifetime)
    }

    @Test("An invalid Expires is in the past (§5.3)", arguments: ["0", "-1", "", "soon"])
    func treatsInvalidExpiresAsPast(value: String) {
        #expect(freshness([.expires: value]).explicitLifetime == 0)
    }

    @Test(
        "Age counts Age, Date and the delay of the response (§4.2.3)",
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

    @Test("The expiry date is the rest of the lifetime when the response arrives")
    func subtractsAge() {
        let fields: HTTPFields = [.cacheControl: "max-age=60", .age: "20"]
        #expect(freshness(fields).explicitExpiry == Self.received.addingTimeInterval(40))
    }

    private func freshness(_ pairs: [(String, String)], isShared: Bool = false) -> Freshness {
        let fields = RFC9111Case.fields(pairs)
        return Freshness(
            fields,
            directives: CacheControl(ofResponse: fields, isTargeted: isShared),
            isShared: isShared,
            requestedAt: Self.received,
            receivedAt: Self.received
        )
    }

    @Test(
        "§4.2.1: s-maxage and targeted fields take precedence in a shared cache, and are ignored in a private one",
        arguments: [
            ([("Cache-Control", "max-age=1, s-maxage=60")], 1, 60),
            ([("Cache-Control", "s-maxage=60")], nil, 60),
            ([("Cache-Control", "max-age=1"), ("CDN-Cache-Control", "max-age=60")], 1, 60),
            ([("Cache-Control", "s-maxage=1"), ("CDN-Cache-Control", "max-age=60")], nil, 60),
            ([("CDN-Cache-Control", "no-cache=?0"), ("Expires", date)], 0, nil),
            ([("Cache-Control", "max-age=1"), ("CDN-Cache-Control", "max-age=\"60\"")], 1, 1),
        ] as [([(String, String)], TimeInterval?, TimeInterval?)]
    )
    func findsSharedLifetime(fields: [(String, String)], own: TimeInterval?, shared: TimeInterval?) {
        #expect(freshness(fields).explicitLifetime == own)
        #expect(freshness(fields, isShared: true).explicitLifetime == shared)
    }

    @Test(
        "§4.2.1: of several Expires the earliest counts, and an invalid one is in the past",
        arguments: [
            (["Sun, 06 Nov 1994 09:49:37 GMT", "Sun, 06 Nov 1994 08:50:37 GMT"], 60),
            (["Sun, 06 Nov 1994 08:50:37 GMT", "Sun, 06 Nov 1994 09:49:37 GMT"], 60),
            (["Sun, 06 Nov 1994 09:49:37 GMT", "0"], 0), (["0", "Sun, 06 Nov 1994 09:49:37 GMT"], 0),
            (["Sun, 06 Nov 1994 09:49:37 GMT, Sun, 06 Nov 1994 09:49:37 GMT"], 0),
            (["Sun, 06 Nov 1994 09:49:37 UTC"], 0), (["Sun, 06  Nov  1994 09:49:37 GMT"], 0),
            (["Sun 06 Nov 1994 09:49:37 GMT"], 0), (["Sun, 06-Nov-1994 09:49:37 GMT"], 0),
            (["Sun, 06 Nov 1994 09.49.37 GMT"], 0), (["Sun, 06 Nov 1994 9:49:37 GMT"], 0),
        ] as [([String], TimeInterval)]
    )
    func leansTowardsStaleness(expires: [String], lifetime: TimeInterval) {
        #expect(freshness(expires.map { ("Expires", $0) }).explicitLifetime == lifetime)
    }

    @Test(
        "§5.1: of several Ages the first counts, and an invalid number counts as 0",
        arguments: [
            (["7200", "0"], 7200), (["0", "7200"], 0), (["7200, 0"], 7200), (["0,7200"], 0), (["abc"], 0),
            (["-7200"], 0), (["7200.0"], 0), ([""], 0), (["99999999999999999999"], 2_147_483_648), (["a=7200"], 0),
        ] as [([String], TimeInterval)]
    )
    func readsAge(ages: [String], age: TimeInterval) {
        #expect(freshness(ages.map { ("Age", $0) }).initialAge == age)
    }

    @Test(
        "§4.2.2: a heuristic lifetime is a tenth of the time since the last modification",
        arguments: [
            ([("Last-Modified", "Sun, 06 Nov 1994 08:32:57 GMT")], 100),
            ([("Last-Modified", "Sun, 06 Nov 1994 08:32:57 GMT"), ("Date", "Sun, 06 Nov 1994 08:33:07 GMT")], 1),
            ([("Last-Modified", "Sun, 06 Nov 1994 10:49:37 GMT")], 0),
            ([("Last-Modified", "yesterday")], nil),
            ([("ETag", "\"1\"")], nil),
        ] as [([(String, String)], TimeInterval?)]
    )
    func guesses(fields: [(String, String)], lifetime: TimeInterval?) {
        #expect(freshness(fields).heuristicLifetime == lifetime)
    }

    @Test("A lifetime beyond the calendar ends with the calendar")
    func staysInTheCalendar() {
        let fields: HTTPFields = [.expires: "Fri, 31 Dec 9999 23:59:59 GMT", .date: "Mon, 01 Jan 0001 00:00:00 GMT"]
        #expect(freshness(fields).explicitExpiry.map { Date.calendarRange.contains($0) } == true)
    }

    @Test("§5.3: for an invalid Date, the time of receipt counts")
    func takesReceivedTime() {
        #expect(freshness([.date: "soon", .expires: "Sun, 06 Nov 1994 08:49:47 GMT"]).explicitLifetime == 10)
        #expect(freshness([.date: "soon"]).initialAge == 0)
    }
}
