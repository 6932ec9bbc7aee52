#if Proxy
import HTTPTypes
import NIOCore

extension ByteBuffer {
    /// Writes the head of a response, its fields byte by byte as they are (RFC 9112 §4, §5).
    ///
    /// HTTPTypes lets no line end into any of them.
    mutating func writeHead(_ head: HTTPResponse) {
        writeStaticString("HTTP/1.1 ")
        writeString(String(head.status.code))
        writeStaticString(" ")
        writeString(head.status.reasonPhrase)
        writeStaticString("\r\n")
        for field in head.headerFields {
            writeString(field.name.rawName)
            writeStaticString(": ")
            _ = unsafe field.withUnsafeBytesOfValue { unsafe writeBytes($0) }
            writeStaticString("\r\n")
        }
        writeStaticString("\r\n")
    }
}

extension HTTPResponse {
    /// Whether content may follow the head, unless it is an answer to HEAD (RFC 9110 §6.4.1).
    var mayHaveContent: Bool { status.code >= 200 && ![204, 304].contains(status.code) }
}
#endif
