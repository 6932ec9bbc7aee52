internal import Foundation
internal import Synchronization

/// Counts how much of a large content is sent before the client stops reading.
package final class Pouring: Sendable {
    /// Opens when the client has stopped reading, or has read everything.
    package let settled = Gate()
    private let count = Mutex(0)

    /// Makes a counter for one response.
    package init() {}

    /// The number of bytes that the connection accepted before ``settled`` opened.
    package var byteCount: Int {
        count.withLock { $0 }
    }

    /// Sends a part a number of times.
    ///
    /// - Returns: Whether the connection accepted all bytes.
    func pour(_ bytes: Data, times: Int, into socket: Socket) -> Bool {
        defer { settled.open() }
        for _ in 0..<times {
            var rest = bytes[...]
            while !rest.isEmpty {
                // Waiting is only needed until the counter has settled.
                if !socket.isWritable(within: settled.isOpen ? -1 : 1000) {
                    settled.open()
                } else if let sent = socket.sendSome(rest) {
                    rest = rest.dropFirst(sent)
                    if !settled.isOpen { count.withLock { $0 += sent } }
                } else {
                    return false
                }
            }
        }
        return true
    }
}
