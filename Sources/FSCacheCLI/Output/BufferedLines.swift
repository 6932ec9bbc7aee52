import Dispatch
import Synchronization

/// Lines for standard error that are written some at a time: soon, and not by those who have something to tell.
///
/// A system call for each line takes a busy server more time than the line itself.
final class BufferedLines: Sendable {
    private let pending = Mutex("")
    private let queue = DispatchQueue(label: "FSCache.BufferedLines")

    /// How long a line waits for others.
    private static let delay = DispatchTimeInterval.milliseconds(20)
    /// How many bytes may wait, after which the next line waits until they have been written.
    private static let maximumByteCount = 1 << 20

    /// Adds a line.
    func append(_ line: some TextOutputStreamable) {
        let count = pending.withLock { pending in
            defer {
                line.write(to: &pending)
                pending.write("\n")
            }
            return pending.utf8.count
        }
        if count == 0 {
            queue.asyncAfter(deadline: .now() + Self.delay) { self.write() }
        } else if count > Self.maximumByteCount {
            flush()
        }
    }

    /// Writes what waits, and returns when it is written.
    func flush() {
        queue.sync { write() }
    }

    private func write() {
        let lines = pending.withLock { pending in
            defer { pending = "" }
            return pending
        }
        if !lines.isEmpty { StandardStreams.tell(lines) }
    }
}
