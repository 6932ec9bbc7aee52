package import Foundation
internal import Synchronization

/// A clock that is stopped and that a test can move.
package final class TestClock: Sendable {
    private let date: Mutex<Date>

    /// Makes a clock.
    ///
    /// - Parameter date: The time; by default 2026-01-01 00:00 UTC.
    package init(_ date: Date = Date(timeIntervalSince1970: 1_767_225_600)) {
        self.date = Mutex(date)
    }

    /// The time.
    package var now: Date {
        get { date.withLock { $0 } }
        set { date.withLock { $0 = newValue } }
    }

    /// Moves the clock.
    ///
    /// - Parameter seconds: The number of seconds; negative ones move it back.
    package func advance(by seconds: TimeInterval) {
        date.withLock { $0 += seconds }
    }

    /// The clock as a function.
    package var source: @Sendable () -> Date {
        { self.now }
    }
}
