#if AsyncHTTPClient
import Foundation
package import NIOCore
import NIOHTTP1

/// Escapes non-ASCII bytes in incoming heads, and restores them in outgoing heads.
///
/// It is between the network and NIO's coders. After each empty line, the decoder knows whether the head has ended; a
/// ``HeadBoundsHandler`` behind the decoder reports that.
package final class HeadOctetsHandler: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer
    package typealias OutboundIn = IOData
    package typealias OutboundOut = IOData

    /// Whether the next incoming bytes belong to a head.
    package var readsHead = true
    /// Whether the next outgoing bytes are a head.
    package var writesHead = false
    /// Whether the current line is empty so far.
    private var isLineEmpty = false

    /// Makes a handler for a new connection.
    package init() {}

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        while readsHead, let part = readToEmptyLine(of: &buffer) {
            context.fireChannelRead(wrapInboundOut(escaped(part)))
        }
        if buffer.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(buffer)) }
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard writesHead, case .byteBuffer(let buffer) = unwrapOutboundIn(data) else {
            return context.write(data, promise: promise)
        }
        writesHead = false
        context.write(wrapOutboundOut(.byteBuffer(unescaped(buffer))), promise: promise)
    }

    /// Reads up to the end of the next empty line, or all bytes if there is none.
    private func readToEmptyLine(of buffer: inout ByteBuffer) -> ByteBuffer? {
        let bytes = buffer.readableBytesView
        guard !bytes.isEmpty else { return nil }
        var end = bytes.endIndex
        for index in bytes.indices {
            if bytes[index] == UInt8(ascii: "\n") {
                if isLineEmpty {
                    isLineEmpty = false
                    end = index + 1
                    break
                }
                isLineEmpty = true
            } else if bytes[index] != UInt8(ascii: "\r") {
                isLineEmpty = false
            }
        }
        return buffer.readSlice(length: end - bytes.startIndex)
    }

    private func escaped(_ buffer: ByteBuffer) -> ByteBuffer {
        guard buffer.readableBytesView.contains(where: { $0 >= 0x80 }) else { return buffer }
        return ByteBuffer(string: EscapedOctets.escape(buffer.readableBytesView))
    }

    private func unescaped(_ buffer: ByteBuffer) -> ByteBuffer {
        guard buffer.readableBytesView.contains(where: { $0 >= 0x80 }) else { return buffer }
        return ByteBuffer(bytes: EscapedOctets.unescape(String(buffer: buffer)))
    }
}

/// Tells a ``HeadOctetsHandler`` where heads begin and end, and writes targets that `HTTPClient` would change.
///
/// It is behind NIO's coders.
final class HeadBoundsHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    private let octets: HeadOctetsHandler

    private init(_ octets: HeadOctetsHandler) {
        self.octets = octets
    }

    /// Makes a new HTTP/1.1 connection preserve the bytes of header fields.
    static func install(in pipeline: ChannelPipeline.SynchronousOperations) throws {
        let encoder = try pipeline.handler(type: HTTPRequestEncoder.self)
        let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
        let octets = HeadOctetsHandler()
        try pipeline.addHandler(octets, position: .before(encoder))
        try pipeline.addHandler(HeadBoundsHandler(octets), position: .after(decoder))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): octets.readsHead = head.isInterim
        case .body: break
        case .end: octets.readsHead = true
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var head) = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        octets.writesHead = true
        guard let target = head.headers.first(name: ExactTarget.fieldName) else {
            return context.write(data, promise: promise)
        }
        head.headers.remove(name: ExactTarget.fieldName)
        head.uri = target
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }
}

/// The target of a request whose path `HTTPClient` would lose.
///
/// `HTTPClient` takes the path from a `URL`, which has an empty one if the escapes of the path aren't UTF-8. It would send
/// such a request to `/`. A header field tells the handler of an HTTP/1.1 connection the target; the handler removes it.
enum ExactTarget {
    /// The name of that field, which is random to avoid collisions.
    static let fieldName = "fscache-target-\(String(UInt64.random(in: 0...UInt64.max), radix: 16))"

    /// The target of a request if `HTTPClient` would lose its path; otherwise `nil`.
    ///
    /// - Parameters:
    ///   - path: The path and the query of the request.
    ///   - url: Its URL.
    /// - Returns: The target, without a fragment.
    static func needed(for path: String?, _ url: URL) -> String? {
        guard url.path.isEmpty, let path, path.hasPrefix("/") else { return nil }
        return String(path.prefix { $0 != "#" })
    }
}

/// Strings that carry non-ASCII bytes through NIO.
///
/// NIO decodes header fields as UTF-8 and loses other bytes. So each non-ASCII byte is replaced with a character from
/// Unicode's private use area before NIO gets it, and restored afterwards.
package enum EscapedOctets {
    /// Makes a string in which a character stands for each non-ASCII byte.
    package static func escape(_ bytes: some Sequence<UInt8>) -> String {
        var scalars = String.UnicodeScalarView()
        for byte in bytes { scalars.append(byte < 0x80 ? Unicode.Scalar(byte) : scalar(for: byte)) }
        return String(scalars)
    }

    /// Restores the bytes.
    package static func unescape(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            if let byte = byte(of: scalar) {
                bytes.append(byte)
            } else {
                bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
        return bytes
    }

    /// Whether a string has characters that ``unescape(_:)`` would replace with bytes.
    package static func isFound(in text: String) -> Bool {
        text.unicodeScalars.contains { byte(of: $0) != nil }
    }

    private static func scalar(for byte: UInt8) -> Unicode.Scalar {
        Unicode.Scalar(0xf700 | UInt16(byte)) ?? Unicode.Scalar(byte)
    }

    private static func byte(of scalar: Unicode.Scalar) -> UInt8? {
        (0xf780...0xf7ff).contains(scalar.value) ? UInt8(truncatingIfNeeded: scalar.value) : nil
    }
}
#endif
