#if Compression
internal import CZlib
import Foundation

/// One of zlib's streams in gzip format over bytes in memory, in either direction.
@safe
struct ZlibStream: ~Copyable {
    /// Which way the bytes go.
    enum Direction {
        case compress(level: Int)
        case decompress
    }

    /// The number of input bytes that zlib has read.
    private(set) var consumed = 0
    /// Whether zlib has read all of the input.
    var isExhausted: Bool { unsafe consumed == input.count }

    private let input: UnsafeRawBufferPointer
    private let direction: Direction
    // Allocated, because zlib keeps the address of its stream and refuses calls with another one.
    private let stream: UnsafeMutablePointer<z_stream>

    /// Starts a stream.
    ///
    /// - Parameters:
    ///   - direction: Which way the bytes go.
    ///   - input: What zlib reads. It must outlive the stream.
    /// - Throws: ``SerializationError``, when memory runs out.
    init(_ direction: Direction, reading input: UnsafeRawBufferPointer) throws {
        unsafe self.input = unsafe input
        self.direction = direction
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())

        let gzipWindowBits: Int32 = 15 + 16
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        let status =
            switch direction {
            case .compress(let level):
                unsafe deflateInit2_(
                    stream,
                    Int32(level),
                    Z_DEFLATED,
                    gzipWindowBits,
                    8,
                    Z_DEFAULT_STRATEGY,
                    ZLIB_VERSION,
                    size
                )
            case .decompress:
                unsafe inflateInit2_(stream, gzipWindowBits, ZLIB_VERSION, size)
            }
        guard status == Z_OK else { throw error(status) }
    }

    deinit {
        switch direction {
        case .compress: unsafe deflateEnd(stream)
        case .decompress: unsafe inflateEnd(stream)
        }
        unsafe stream.deallocate()
    }

    /// The most bytes that compressing all of the input can give.
    var compressedBound: Int {
        unsafe Int(deflateBound(stream, UInt(input.count)))
    }

    /// Gets ready for the next member of a gzip file.
    func reset() {
        unsafe inflateReset(stream)
    }

    /// Hands zlib as much of the remaining input and of the room for output as its 32-bit counters can hold.
    ///
    /// - Parameter output: Where zlib writes.
    /// - Returns: zlib's status, and the number of bytes written.
    mutating func advance(into output: UnsafeMutableRawBufferPointer) -> (status: Int32, written: Int) {
        let remaining = unsafe input.count - consumed
        let available = UInt32(clamping: remaining)
        let room = UInt32(clamping: output.count)
        let next = unsafe input.bindMemory(to: UInt8.self).baseAddress?.advanced(by: consumed)
        unsafe stream.pointee.next_in = unsafe UnsafeMutablePointer(mutating: next)
        unsafe stream.pointee.avail_in = available
        unsafe stream.pointee.next_out = unsafe output.bindMemory(to: UInt8.self).baseAddress
        unsafe stream.pointee.avail_out = room
        let status =
            switch direction {
            case .compress: unsafe deflate(stream, remaining == Int(available) ? Z_FINISH : Z_NO_FLUSH)
            case .decompress: unsafe inflate(stream, Z_NO_FLUSH)
            }
        consumed += unsafe Int(available - stream.pointee.avail_in)
        return (status, unsafe Int(room - stream.pointee.avail_out))
    }

    /// Compresses all of the input.
    ///
    /// - Parameter output: Room for at least ``compressedBound`` bytes.
    /// - Returns: The number of bytes written.
    /// - Throws: ``SerializationError``, when memory runs out.
    mutating func compress(into output: UnsafeMutableRawBufferPointer) throws -> Int {
        var size = 0
        while true {
            let (status, written) = unsafe advance(into: UnsafeMutableRawBufferPointer(rebasing: output[size...]))
            size += written
            if status == Z_STREAM_END { return size }
            guard status == Z_OK else { throw error(status) }
        }
    }

    /// What a status that is no success means.
    func error(_ status: Int32) -> SerializationError {
        if status == Z_MEM_ERROR { return SerializationError(.limitExceeded, "zlib ran out of memory.") }
        let reason = unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "zlib status \(status)"
        return SerializationError(
            .malformed,
            "This is no gzip data, or it is damaged: \(reason).",
            position: .init(offset: consumed)
        )
    }
}
#endif
