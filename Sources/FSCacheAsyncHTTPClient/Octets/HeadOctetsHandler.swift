#if AsyncHTTPClient
package import NIOCore

/// Escapes the bytes outside ASCII in heads that come in, and puts them back into heads that go out.
///
/// It stands between the network and NIO's coders. Where a head ends is for the decoder to say: after each empty line, it
/// has told, through a handler behind it, whether content follows.
package final class HeadOctetsHandler: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer
    package typealias OutboundIn = IOData
    package typealias OutboundOut = IOData

    /// Whether what comes in next belongs to a head.
    package var readsHead = true
    /// Whether what goes out next is a head.
    package var writesHead = false
    /// Whether there was nothing in the line so far.
    private var isLineEmpty = false

    /// Makes one for a new connection.
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

    /// Takes what there is up to the end of the next empty line, or all of it.
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
#endif
