#if Compression
internal import CZlib
import Foundation

/// Reads the members of a gzip file (RFC 1952) from first to last.
struct GzipDecompressor: Decompressor, ~Copyable {
    private(set) var isFinished = false
    private var stream: ZlibStream

    init(reading input: UnsafeRawBufferPointer) throws {
        stream = try unsafe ZlibStream(.decompress, reading: input)
    }

    mutating func fill(_ output: UnsafeMutableRawBufferPointer) throws -> Int {
        var size = 0
        while !isFinished {
            let room = unsafe UnsafeMutableRawBufferPointer(rebasing: output[size...])
            let (status, written) = unsafe stream.advance(into: room)
            size += written
            switch status {
            case Z_OK:
                continue
            case Z_STREAM_END where stream.isExhausted:
                isFinished = true
            case Z_STREAM_END:
                // RFC 1952 §2.2: the next member begins at once, with nothing between.
                stream.reset()
            case Z_BUF_ERROR where size == output.count:
                return size
            case Z_BUF_ERROR:
                throw SerializationError(
                    .malformed,
                    "The gzip data is cut off.",
                    position: .init(offset: stream.consumed)
                )
            default:
                throw stream.error(status)
            }
        }
        return size
    }
}
#endif
