internal import Foundation
internal import Synchronization

/// How much of a large content went out before the client stopped reading, if it did.
package final class Pouring: Sendable {
    /// Opens when the client takes no more, or has taken it all.
    package let settled = Gate()
    private let count = Mutex(0)

    /// Makes one for one response.
    package init() {}

    /// How many bytes the connection had taken when ``settled`` opened.
    package var byteCount: Int {
        count.withLock { $0 }
    }

    /// Sends a part so many times.
    ///
    /// - Returns: Whether the connection took it all.
    func pour(_ bytes: Data, times: Int, into socket: Socket) -> Bool {
        defer { settled.open() }
        for _ in 0..<times {
            var rest = bytes[...]
            while !rest.isEmpty {
                // Once it is settled, waiting tells nothing more.
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
