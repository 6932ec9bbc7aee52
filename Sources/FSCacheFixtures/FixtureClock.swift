public import Foundation
internal import Synchronization

/// The time of a session that replays a fixture: it stands still until you move it.
///
/// It begins at the time of the recording, so nothing has expired since.
public final class FixtureClock: Sendable {
    private let time: Mutex<Date>

    /// Makes a clock.
    ///
    /// - Parameter start: The time at which it begins.
    public init(start: Date) { time = Mutex(start) }

    /// The time, which you can set.
    public var now: Date {
        get { time.withLock { $0 } }
        set { time.withLock { $0 = newValue } }
    }

    /// Moves the clock.
    ///
    /// - Parameter duration: How far; backwards if it is negative.
    public func advance(by duration: Duration) {
        let (seconds, attoseconds) = duration.components
        time.withLock { $0 += TimeInterval(seconds) + TimeInterval(attoseconds) / 1e18 }
    }
}
