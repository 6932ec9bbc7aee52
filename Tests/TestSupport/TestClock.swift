package import Foundation
internal import Synchronization

/// A clock that stands still until a test moves it.
package final class TestClock: Sendable {
    private let date: Mutex<Date>

    /// Makes a clock.
    ///
    /// - Parameter date: What it shows; by default 2026-01-01 00:00 UTC.
    package init(_ date: Date = Date(timeIntervalSince1970: 1_767_225_600)) {
        self.date = Mutex(date)
    }

    /// What the clock shows.
    package var now: Date {
        get { date.withLock { $0 } }
        set { date.withLock { $0 = newValue } }
    }

    /// Moves the clock.
    ///
    /// - Parameter seconds: How far; backward when negative.
    package func advance(by seconds: TimeInterval) {
        date.withLock { $0 += seconds }
    }

    /// The clock as a function, to be handed to what asks for the time.
    package var source: @Sendable () -> Date {
        { self.now }
    }
}
