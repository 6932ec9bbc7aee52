#if Proxy
import HTTPTypes
import NIOCore

extension ByteBuffer {
    /// Writes the head of a response, its fields byte by byte as they are (RFC 9112 §4, §5).
    ///
    /// HTTPTypes lets no line end into any of them.
    ///
    /// - Parameters:
    ///   - head: The head.
    ///   - addedFields: More fields, to stand behind those of the head.
    mutating func writeHead(_ head: HTTPResponse, _ addedFields: [HTTPField] = []) {
        writeStaticString("HTTP/1.1 ")
        writeString(String(head.status.code))
        writeStaticString(" ")
        writeString(head.status.reasonPhrase)
        writeInteger(Self.lineEnd)
        for field in head.headerFields { write(field) }
        for field in addedFields { write(field) }
        writeInteger(Self.lineEnd)
    }

    private mutating func write(_ field: HTTPField) {
        writeString(field.name.rawName)
        writeInteger(Self.fieldColon)
        _ = unsafe field.withUnsafeBytesOfValue { unsafe writeBytes($0) }
        writeInteger(Self.lineEnd)
    }

    // Each two octets, which as a number are written faster than as a string.
    private static let lineEnd: UInt16 = 0x0D0A
    private static let fieldColon: UInt16 = 0x3A20
}

extension HTTPResponse {
    /// Whether content may follow the head, unless it is an answer to HEAD (RFC 9110 §6.4.1).
    var mayHaveContent: Bool { status.code >= 200 && ![204, 304].contains(status.code) }
}
#endif
