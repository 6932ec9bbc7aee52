#if Proxy
import Foundation
import HTTPTypes
import NIOCore
import NIOFoundationCompat

/// How a client is told where the content of a response ends (RFC 9112 §6).
enum ContentFraming: Equatable {
    /// There is none.
    case none
    /// By the number of bytes.
    case length(Int)
    /// By the last chunk.
    case chunked
    /// By the end of the connection.
    case connection

    /// Chooses one, and says so in the head of the response.
    ///
    /// - Parameters:
    ///   - head: The head, with the length that the origin declared, if it did.
    ///   - byteCount: The number of bytes, where it is known for sure.
    ///   - isHTTP10: Whether the client knows of no chunks.
    init(_ head: inout HTTPResponse, _ byteCount: Int?, isHTTP10: Bool) {
        let declared = head.headerFields.first { $0.name == .contentLength }.flatMap { Int($0.value) }
        if let byteCount {
            if declared != byteCount { head.headerFields[.contentLength] = "\(byteCount)" }
            self = .length(byteCount)
        } else if let declared {
            self = .length(declared)
        } else if isHTTP10 {
            self = .connection
        } else {
            head.headerFields[.transferEncoding] = "chunked"
            self = .chunked
        }
    }

    /// Writes some of the content.
    func write(_ bytes: Data, to buffer: inout ByteBuffer) {
        guard self == .chunked else {
            buffer.writeData(bytes)
            return
        }
        buffer.writeString("\(String(bytes.count, radix: 16))\r\n")
        buffer.writeData(bytes)
        buffer.writeStaticString("\r\n")
    }

    /// Writes what stands at the end.
    func writeEnd(to buffer: inout ByteBuffer) {
        if self == .chunked { buffer.writeStaticString("0\r\n\r\n") }
    }
}
#endif
