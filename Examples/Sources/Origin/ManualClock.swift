import Foundation
import Synchronization

/// A clock that is moved by hand, so that an example need not wait until something is stale.
public final class ManualClock: Sendable {
    private let date: Mutex<Date>

    /// Makes a clock that shows the first of January 2026, midnight UTC.
    public init() {
        date = Mutex(Date(timeIntervalSince1970: 1_767_225_600))
    }

    /// What it shows.
    public var now: Date {
        date.withLock { $0 }
    }

    /// Moves it forward.
    public func advance(by duration: Duration) {
        date.withLock { $0 += TimeInterval(duration.components.seconds) }
    }
}
