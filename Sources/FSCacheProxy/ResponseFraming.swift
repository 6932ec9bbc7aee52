#if Proxy
import Foundation
import HTTPTypes
import NIOCore
import NIOFoundationCompat

/// How the end of a response's content is marked (RFC 9112 §6).
enum ContentFraming: Equatable {
    /// There is no content.
    case none
    /// By its length.
    case length(Int)
    /// By the last chunk.
    case chunked
    /// By the end of the connection.
    case connection

    /// Chooses a framing and sets the header fields for it.
    ///
    /// - Parameters:
    ///   - head: The head of the response, which may have a length declared by the origin.
    ///   - byteCount: The length of the content, if it is known.
    ///   - isHTTP10: Whether the client doesn't support chunks.
    init(_ head: inout HTTPResponse, _ byteCount: Int?, isHTTP10: Bool) {
        let declared = head.headerFields.first { $0.name == .contentLength }.flatMap { Int($0.value) }
        if let length = byteCount ?? declared.flatMap({ $0 < 0 ? nil : $0 }) {
            // A client could read two lengths, or one in another form, in another way (RFC 9112 §6.3).
            if head.headerFields[.contentLength] != "\(length)" { head.headerFields[.contentLength] = "\(length)" }
            self = .length(length)
        } else {
            head.headerFields[.contentLength] = nil
            if !isHTTP10 { head.headerFields[.transferEncoding] = "chunked" }
            self = isHTTP10 ? .connection : .chunked
        }
    }

    /// Writes a piece of the content.
    func write(_ bytes: Data, to buffer: inout ByteBuffer) {
        guard self == .chunked else {
            buffer.writeData(bytes)
            return
        }
        buffer.writeString("\(String(bytes.count, radix: 16))\r\n")
        buffer.writeData(bytes)
        buffer.writeStaticString("\r\n")
    }

    /// Writes the end of the content.
    func writeEnd(to buffer: inout ByteBuffer) {
        if self == .chunked { buffer.writeStaticString("0\r\n\r\n") }
    }
}

extension ByteBuffer {
    /// Writes the head of a response (RFC 9112 §4, §5).
    ///
    /// The bytes of its fields are not changed; HTTPTypes guarantees that they contain no line ends.
    ///
    /// - Parameters:
    ///   - head: The head.
    ///   - addedFields: Fields to write after those of the head.
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

    // Writing numbers is faster than writing strings.
    private static let lineEnd: UInt16 = 0x0D0A
    private static let fieldColon: UInt16 = 0x3A20
}

extension HTTPResponse {
    /// Whether content may follow the head, unless the request was `HEAD` (RFC 9110 §6.4.1).
    var mayHaveContent: Bool { status.code >= 200 && ![204, 304].contains(status.code) }
}
#endif
