#if Proxy
import FSCache
import Foundation
import HTTPTypes

/// Receives a line for each request after its response has been written.
package typealias AccessLog = @Sendable (AccessLogLine) -> Void

/// A request in an access log.
package struct AccessLogLine: Sendable, TextOutputStreamable {
    /// The method token.
    package let method: String
    /// The request target as the client sent it, with secret values replaced.
    package private(set) var target: String
    /// The status code of the response.
    package let status: Int
    /// `hit`, or the reason for a miss or for an error.
    package let reason: String
    /// Whether the whole response was sent.
    package let isComplete: Bool
    /// The time from the head of the request to the end of the response.
    package let elapsed: Duration

    init(_ request: ServerRequest, _ response: ServerResponse, isComplete: Bool, elapsed: Duration) {
        method = request.method
        target = request.target
        status = response.head.status.code
        // An error may have a text from outside.
        reason = response.reason.printable
        self.isComplete = isComplete
        self.elapsed = elapsed
    }

    /// The line with secret values of the target replaced.
    func redacted(_ matching: RequestMatching) -> AccessLogLine {
        var line = self
        line.target = matching.redacted(target: target)
        return line
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

extension String {
    /// The text with spaces in place of control and format characters, which could look like another line, or move the cursor
    /// of a terminal, or turn the direction of the text.
    var printable: String {
        let scalars = unicodeScalars.map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: " "
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }
}

extension RequestMatching {
    /// A request target with secret values replaced, or without its query if it can't be searched for them.
    func redacted(target: String) -> String {
        guard target.utf8.contains(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "@") }) else { return target }
        let authority = target.firstRange(of: "://")?.upperBound ?? target.startIndex
        let pathStart = target[authority...].firstIndex { $0 == "/" || $0 == "?" } ?? target.endIndex
        var origin = String(target[..<pathStart])
        if let at = target[authority..<pathStart].lastIndex(of: "@") {
            origin = target[..<authority] + Self.redactedValue + target[at..<pathStart]
        }
        let path = String(target[pathStart...])
        guard let query = path.firstIndex(of: "?") else { return origin + path }
        let request = HTTPRequest(
            method: .get,
            scheme: "http",
            authority: "h",
            path: path.hasPrefix("/") ? path : "/" + path
        )
        guard let url = try? StoredResponse.Request(request, redacting: self).url else {
            return "\(origin)\(path[..<query])?\(Self.redactedValue)"
        }
        return origin + url.dropFirst("http://h".count)
    }
}
#endif
