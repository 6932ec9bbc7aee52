import Foundation
import Testing

@testable import FSCache

@Suite("HTTP dates (RFC 9110 §5.6.7)")
struct HTTPDateTests {
    static let now = Date(timeIntervalSince1970: 1_793_000_000)  // October 2026

    @Test(
        "All three forms of the example date are equal",
        arguments: [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ]
    )
    func readsAllForms(text: String) {
        #expect(HTTPDate.parse(text, now: Self.now) == Date(timeIntervalSince1970: 784_111_777))
    }

    @Test(
        "RFC 9111 §4.2: a date is read in upper and lower case",
        arguments: [
            "SUN, 06 Nov 1994 08:49:37 GMT", "Sun, 06 nOV 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 gmt",
            "sUNDAY, 06-NOV-94 08:49:37 Gmt", "sun nov  6 08:49:37 1994",
        ]
    )
    func ignoresCase(text: String) {
        #expect(HTTPDate.parse(text, now: Self.now) == Date(timeIntervalSince1970: 784_111_777))
    }

    @Test(
        "Days agree with the calendar",
        arguments: [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
            ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799),
            ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
            ("Mon, 01 Jan 0001 00:00:00 GMT", -62_135_596_800),
        ]
    )
    func knowsTheCalendar(text: String, seconds: TimeInterval) {
        #expect(HTTPDate.parse(text, now: Self.now) == Date(timeIntervalSince1970: seconds))
    }

    @Test("A two-digit year is at most 50 years ahead")
    func choosesTheCentury() {
        #expect(
            HTTPDate.parse("Friday, 01-Jan-99 00:00:00 GMT", now: Self.now)
                == HTTPDate.parse("Fri, 01 Jan 1999 00:00:00 GMT", now: Self.now)
        )
        #expect(
            HTTPDate.parse("Wednesday, 01-Jan-70 00:00:00 GMT", now: Self.now)
                == HTTPDate.parse("Wed, 01 Jan 2070 00:00:00 GMT", now: Self.now)
        )
    }

    @Test(
        "An invalid date is not parsed",
        arguments: [
            "", "0", "-1", "now", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 8:49:37 GMT",
            "06 Nov 1994 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT", "Xyz, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT", "1994-11-06T08:49:37Z",
            "Sun, 99 Nov 99999 99:99:99 GMT",
        ]
    )
    func refusesOtherText(text: String) {
        #expect(HTTPDate.parse(text, now: Self.now) == nil)
    }

    @Test(
        "Dates are written as IMF-fixdate, and read back",
        arguments: [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0), ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777.9),
            ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799), ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
            ("Wed, 31 Dec 1969 23:59:59 GMT", -0.5), ("Fri, 31 Dec 9999 23:59:59 GMT", 1e15),
            ("Mon, 01 Jan 0001 00:00:00 GMT", -1e15),
        ]
    )
    func writes(text: String, seconds: TimeInterval) throws {
        #expect(HTTPDate.format(Date(timeIntervalSince1970: seconds)) == text)
        #expect(HTTPDate.parse(text, now: Self.now).map(HTTPDate.format) == text)
    }

    @Test("Every day of 400 years is written and read back")
    func agreesWithItself() {
        for day in stride(from: -60_000, to: 90_000, by: 1) {
            let date = Date(timeIntervalSince1970: TimeInterval(day) * 86_400 + 3661)
            guard HTTPDate.parse(HTTPDate.format(date), now: Self.now) != date else { continue }
            Issue.record("day \(day)")
        }
    }

    @Test(
        "Names of days and months must be spelled correctly in every form",
        arguments: [
            "Sumday, 06-Nov-94 08:49:37 GMT", "Sun, 06-Nov-94 08:49:37 GMT", "Sunday, 06 Nov 94 08:49:37 GMT",
            "Sun Nov 06 08:49:37 94  ", "Sun, 06 Nov 1994 08:49:3  GMT",
        ]
    )
    func refusesMisspelling(text: String) {
        #expect(HTTPDate.parse(text, now: Self.now) == nil)
    }
}
