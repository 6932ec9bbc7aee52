#if Compression
internal import CZlib
public import Foundation

/// Compression as gzip (RFC 1952): `zcat` prints the file.
///
/// The header has no time, file name or operating system, so equal input gives equal bytes with one version of zlib.
/// Files with several members, as written by `cat a.gz b.gz`, are read completely.
public struct GzipStage: Stage {
    /// The compression level: from 0, none, to 9, smallest.
    public let level: Int
    /// The maximum number of bytes that ``undo(on:)`` returns.
    public let sizeLimit: Int
    /// The extension: `gz`.
    public var fileExtension: String { "gz" }

    /// Makes a stage; see ``Stage/gzip(level:sizeLimit:)``.
    public init(level: Int = 6, sizeLimit: Int = 1 << 27) {
        self.level = min(max(level, 0), 9)
        self.sizeLimit = max(sizeLimit, 0)
    }

    /// Compresses.
    ///
    /// - Parameter data: The bytes to compress.
    /// - Returns: A gzip file with one member.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/limitExceeded`` when memory runs out.
    public func apply(to data: Data) throws -> Data {
        try unsafe data.withUnsafeBytes { input in
            var stream = try unsafe ZlibStream(.compress(level: level), reading: input)
            var output = Data(count: stream.compressedBound)
            output.count = try unsafe output.withUnsafeMutableBytes { try unsafe stream.compress(into: $0) }
            // RFC 1952 §2.3.1: the tenth byte is the operating system, 255 when unknown. zlib names its own.
            output[9] = 255
            return output
        }
    }

    /// Decompresses.
    ///
    /// - Parameter data: A gzip file with one or more members, which is untrusted.
    /// - Returns: The decompressed bytes of all members.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/malformed`` for bytes that are not a gzip file, are
    ///   truncated, fail the checksum or have trailing bytes, and with
    ///   ``SerializationError/Code/limitExceeded`` for more than ``sizeLimit`` bytes.
    public func undo(on data: Data) throws -> Data {
        // RFC 1952 §2.3.1: the last four bytes are the size modulo 2³², little-endian.
        let expectedSize = data.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        return try GzipDecompressor.decompress(data, expectedSize: expectedSize, sizeLimit: sizeLimit)
    }
}

extension Stage where Self == GzipStage {
    /// Compression as gzip: `zcat` prints files that `JSONSerializer().staged(.gzip())` has written.
    ///
    /// - Parameters:
    ///   - level: The compression level: from 0, none, to 9, smallest. Other numbers mean the nearest level.
    ///   - sizeLimit: The maximum number of decompressed bytes; 128 MiB by default. Larger output is rejected, without
    ///     allocating memory for it.
    /// - Returns: The stage.
    public static func gzip(level: Int = 6, sizeLimit: Int = 1 << 27) -> GzipStage {
        GzipStage(level: level, sizeLimit: sizeLimit)
    }
}

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
                // RFC 1952 §2.2: the next member follows immediately.
                stream.reset()
            case Z_BUF_ERROR where size == output.count:
                return size
            case Z_BUF_ERROR:
                throw SerializationError(
                    .malformed,
                    "The gzip data is truncated.",
                    position: .init(offset: stream.consumed)
                )
            default:
                throw stream.error(status)
            }
        }
        return size
    }
}

/// A zlib stream in gzip format over bytes in memory, in either direction.
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
    // Allocated, because zlib stores the address of its stream and rejects calls with another address.
    private let stream: UnsafeMutablePointer<z_stream>

    /// Starts a stream.
    ///
    /// - Parameters:
    ///   - direction: Which way the bytes go.
    ///   - input: The bytes that zlib reads. They must outlive the stream.
    /// - Throws: ``SerializationError`` with the position.
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

    /// The maximum size of the compressed input.
    var compressedBound: Int {
        unsafe Int(deflateBound(stream, UInt(input.count)))
    }

    /// Prepares for the next member of a gzip file.
    func reset() {
        unsafe inflateReset(stream)
    }

    /// Passes zlib as much of the remaining input and output space as its 32-bit counters can hold.
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
    /// - Parameter output: Space for at least ``compressedBound`` bytes.
    /// - Returns: The number of bytes written.
    /// - Throws: ``SerializationError`` with the position.
    mutating func compress(into output: UnsafeMutableRawBufferPointer) throws -> Int {
        var size = 0
        while true {
            let (status, written) = unsafe advance(into: UnsafeMutableRawBufferPointer(rebasing: output[size...]))
            size += written
            if status == Z_STREAM_END { return size }
            guard status == Z_OK else { throw error(status) }
        }
    }

    /// The error for a status.
    func error(_ status: Int32) -> SerializationError {
        if status == Z_MEM_ERROR { return SerializationError(.limitExceeded, "zlib ran out of memory.") }
        let reason = unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "zlib status \(status)"
        return SerializationError(
            .malformed,
            "This is not gzip data, or it is damaged: \(reason).",
            position: .init(offset: consumed)
        )
    }
}
#endif
