#if Proxy
import Foundation
import HTTPTypes

/// Receives a line for each request after its response has been written.
package typealias AccessLog = @Sendable (AccessLogLine) -> Void

/// A request in an access log.
package struct AccessLogLine: Sendable, TextOutputStreamable {
    /// The method token.
    package let method: String
    /// The request target, as the client sent it.
    package let target: String
    /// The status code of the response.
    package let status: Int
    /// `hit`, or the reason for a miss.
    package let reason: String
    /// Whether the whole response was sent.
    package let isComplete: Bool
    /// The time from the head of the request to the end of the response.
    package let elapsed: Duration

    init(_ request: ServerRequest, _ response: ServerResponse, isComplete: Bool, elapsed: Duration) {
        method = request.method
        target = request.target
        status = response.head.status.code
        reason = response.reason
        self.isComplete = isComplete
        self.elapsed = elapsed
    }

    /// Writes the line: `GET /items 200 hit 0.3 ms`.
    package func write(to target: inout some TextOutputStream) {
        let (seconds, attoseconds) = elapsed.components
        let tenths = seconds * 10_000 + attoseconds / 100_000_000_000_000
        target.write(method)
        target.write(" ")
        target.write(self.target)
        target.write(" ")
        target.write(String(status))
        target.write(" ")
        target.write(reason)
        target.write(isComplete ? " " : ", cut off ")
        target.write(String(tenths / 10))
        target.write(".")
        target.write(String(tenths % 10))
        target.write(" ms")
    }
}
#endif
