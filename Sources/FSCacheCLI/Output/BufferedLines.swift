import Dispatch
import Synchronization

/// Writes lines to standard error in batches, on a separate queue, because a system call for each line would cost a
/// busy server more than the line itself.
final class BufferedLines: Sendable {
    private let pending = Mutex("")
    private let queue = DispatchQueue(label: "FSCache.BufferedLines")

    /// How long a line waits for further lines.
    private static let delay = DispatchTimeInterval.milliseconds(20)
    /// How many bytes may be pending before adding a line waits until they have been written.
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

    /// Writes the pending lines, and returns when they are written.
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
