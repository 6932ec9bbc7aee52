import Foundation
import Testing

@testable import FSCache

@Suite("Expiration")
struct ExpirationTests {
    static let now = Date(timeIntervalSince1970: 1_800_000_000)

    static let dates: [(Expiration, Date?)] = [
        (Expiration.seconds(300), now.addingTimeInterval(300)),
        (300, now.addingTimeInterval(300)),
        (0.5, now.addingTimeInterval(0.5)),
        (.after(.seconds(7200)), now.addingTimeInterval(7200)),
        (.at(now.addingTimeInterval(-1)), now.addingTimeInterval(-1)),
        (.never, nil),
        (.immediately, now),
        (0, now),
        (-5, now),
        (.seconds(.nan), now),
        (.seconds(.infinity), nil),
        (.seconds(1e300), nil),
    ]

    @Test("Seconds, durations, dates and names give a date of expiry", arguments: dates)
    func givesDates(expiration: Expiration, date: Date?) {
        #expect(expiration.date(from: Self.now) == date)
    }

    @Test("A duration of zero means `immediately`")
    func zeroIsImmediate() {
        #expect(Expiration.seconds(0) == .immediately)
        #expect(Expiration.after(.seconds(-1)) == .immediately)
        #expect(Expiration.immediately.isImmediate)
        #expect(!Expiration.at(Self.now).isImmediate)
    }
}
