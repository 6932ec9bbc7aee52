#if Compression
internal import CZstd
public import Foundation

/// Compression as Zstandard (RFC 8878): `zstdcat` prints the file.
///
/// Equal input gives equal bytes with one version of libzstd. Each frame is written with its size and a checksum. Files
/// with several frames, as written by `cat a.zst b.zst`, are read completely.
public struct ZstdStage: Stage {
    /// The compression level: from 1, fast, to 19, small, or to 22, which takes hundreds of megabytes of memory.
    public let level: Int
    /// The maximum number of bytes that ``undo(on:)`` returns.
    public let sizeLimit: Int
    /// The extension: `zst`.
    public var fileExtension: String { "zst" }

    /// Makes a stage; see ``Stage/zstd(level:sizeLimit:)``.
    public init(level: Int = 3, sizeLimit: Int = 1 << 27) {
        self.level = min(max(level, Int(ZSTD_minCLevel())), Int(ZSTD_maxCLevel()))
        self.sizeLimit = max(sizeLimit, 0)
    }

    /// Compresses.
    ///
    /// - Parameter data: The bytes to compress.
    /// - Returns: A Zstandard file with one frame.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/limitExceeded`` when memory runs out.
    public func apply(to data: Data) throws -> Data {
        guard let context = unsafe ZSTD_createCCtx() else {
            throw SerializationError(.limitExceeded, "Out of memory for libzstd.")
        }
        defer { unsafe ZSTD_freeCCtx(context) }
        for (parameter, value) in [(ZSTD_c_compressionLevel, Int32(level)), (ZSTD_c_checksumFlag, 1)] {
            let status = unsafe ZSTD_CCtx_setParameter(context, parameter, value)
            if let error = Self.error(status) { throw error }
        }

        var output = Data(count: ZSTD_compressBound(data.count))
        let size = unsafe output.withUnsafeMutableBytes { target in
            unsafe data.withUnsafeBytes { source in
                unsafe ZSTD_compress2(context, target.baseAddress, target.count, source.baseAddress, source.count)
            }
        }
        if let error = Self.error(size) { throw error }
        output.count = size
        return output
    }

    /// Decompresses.
    ///
    /// - Parameter data: A Zstandard file with one or more frames, which is untrusted. Frames that need a window of
    ///   more than 128 MiB to decompress, as written by `zstd --long=31`, are rejected.
    /// - Returns: The decompressed bytes of all frames.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/malformed`` for bytes that are not a Zstandard file,
    ///   are truncated, fail the checksum or have trailing bytes, and with
    ///   ``SerializationError/Code/limitExceeded`` for more than ``sizeLimit`` bytes.
    public func undo(on data: Data) throws -> Data {
        let declaredSize = unsafe data.withUnsafeBytes { unsafe ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
        // The two largest numbers mean unknown and invalid sizes.
        let expectedSize = declaredSize < UInt64(Int.max) ? Int(declaredSize) : data.count * 4
        return try ZstdDecompressor.decompress(data, expectedSize: expectedSize, sizeLimit: sizeLimit)
    }

    /// The error for a status of libzstd; `nil` for success.
    static func error(_ status: Int, at offset: Int? = nil) -> SerializationError? {
        guard ZSTD_isError(status) != 0 else { return nil }
        let reason = unsafe String(cString: ZSTD_getErrorName(status))
        return switch ZSTD_getErrorCode(status) {
        case ZSTD_error_memory_allocation:
            SerializationError(.limitExceeded, "libzstd ran out of memory.")
        case ZSTD_error_frameParameter_windowTooLarge:
            SerializationError(.limitExceeded, "The zstd data needs a window of more than 128 MiB to decompress.")
        default:
            SerializationError(
                .malformed,
                "This is not zstd data, or it is damaged: \(reason).",
                position: offset.map { .init(offset: $0) }
            )
        }
    }
}

extension Stage where Self == ZstdStage {
    /// Compression as Zstandard: `zstdcat` prints files that `JSONSerializer().staged(.zstd())` has written.
    ///
    /// - Parameters:
    ///   - level: The compression level: from 1, fast, to 22, smallest; below 1 is even faster. Numbers that the
    ///     system's libzstd doesn't support mean the nearest level.
    ///   - sizeLimit: The maximum number of decompressed bytes; 128 MiB by default. Larger output is rejected, without
    ///     allocating memory for it.
    /// - Returns: The stage.
    public static func zstd(level: Int = 3, sizeLimit: Int = 1 << 27) -> ZstdStage {
        ZstdStage(level: level, sizeLimit: sizeLimit)
    }
}

/// Reads the frames of a Zstandard file (RFC 8878) from first to last.
@safe
struct ZstdDecompressor: Decompressor, ~Copyable {
    private(set) var isFinished = false
    private var consumed = 0
    private let input: UnsafeRawBufferPointer
    private let context: OpaquePointer

    init(reading input: UnsafeRawBufferPointer) throws {
        guard let context = unsafe ZSTD_createDCtx() else {
            throw SerializationError(.limitExceeded, "Out of memory for libzstd.")
        }
        unsafe self.input = unsafe input
        unsafe self.context = unsafe context
    }

    deinit {
        unsafe ZSTD_freeDCtx(context)
    }

    mutating func fill(_ output: UnsafeMutableRawBufferPointer) throws -> Int {
        var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: consumed)
        var target = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        while !isFinished {
            let (read, written) = unsafe (source.pos, target.pos)
            let status = unsafe ZSTD_decompressStream(context, &target, &source)
            consumed = unsafe source.pos
            if let error = ZstdStage.error(status, at: consumed) { throw error }

            let isEndOfFrame = status == 0
            if unsafe isEndOfFrame && consumed == input.count {
                isFinished = true
            } else if unsafe !isEndOfFrame && target.pos == written && consumed == read {
                guard unsafe target.pos == output.count else {
                    throw SerializationError(
                        .malformed,
                        "The zstd data is truncated.",
                        position: .init(offset: consumed)
                    )
                }
                break
            }
        }
        return unsafe target.pos
    }
}
#endif
