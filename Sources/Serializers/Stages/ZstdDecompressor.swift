#if Compression
internal import CZstd
import Foundation

/// Reads the frames of a Zstandard file (RFC 8878) from first to last.
@safe
struct ZstdDecompressor: Decompressor, ~Copyable {
    private(set) var isFinished = false
    private var consumed = 0
    private let input: UnsafeRawBufferPointer
    private let context: OpaquePointer

    init(reading input: UnsafeRawBufferPointer) throws {
        guard let context = unsafe ZSTD_createDCtx() else {
            throw SerializationError(.limitExceeded, "There is no memory for libzstd.")
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
                        "The zstd data is cut off.",
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
