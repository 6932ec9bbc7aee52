import Foundation
import Synchronization

/// A clock that the program moves, so that an example doesn't have to wait until a response is stale.
public final class ManualClock: Sendable {
    private let date: Mutex<Date>

    /// Makes a clock that shows January 1, 2026, midnight UTC.
    public init() {
        date = Mutex(Date(timeIntervalSince1970: 1_767_225_600))
    }

    /// The current time.
    public var now: Date {
        date.withLock { $0 }
    }

    /// Moves the clock forward.
    public func advance(by duration: Duration) {
        date.withLock { $0 += TimeInterval(duration.components.seconds) }
    }
}
