#if Compression
import Foundation

/// Reads compressed bytes sequentially.
protocol Decompressor: ~Copyable {
    /// Starts at the first of the compressed bytes.
    ///
    /// - Parameter input: The compressed bytes. They must outlive the decompressor.
    /// - Throws: ``SerializationError`` with the position.
    init(reading input: UnsafeRawBufferPointer) throws

    /// Whether the compressed bytes were read to their end, checksums included.
    var isFinished: Bool { get }

    /// Continues until the buffer is full or the compressed bytes end.
    ///
    /// - Parameter output: The buffer to fill, not empty.
    /// - Returns: The number of bytes written.
    /// - Throws: ``SerializationError`` with the position.
    mutating func fill(_ output: UnsafeMutableRawBufferPointer) throws -> Int
}

extension Decompressor where Self: ~Copyable {
    /// Decompresses without allocating much more memory than the output needs.
    ///
    /// Up to 32 times the compressed size, memory grows with the output. Larger output is first measured in constant memory,
    /// so a decompression bomb costs time, up to the limit, but no memory.
    ///
    /// - Parameters:
    ///   - data: The compressed bytes, which are untrusted.
    ///   - expectedSize: The decompressed size that the bytes claim. A wrong one only costs time.
    ///   - sizeLimit: The maximum number of bytes to return.
    /// - Returns: The decompressed bytes.
    /// - Throws: ``SerializationError`` with the position.
    static func decompress(_ data: Data, expectedSize: Int, sizeLimit: Int) throws -> Data {
        try unsafe data.withUnsafeBytes { input in
            let affordableSize = min(sizeLimit, max(1 << 16, input.count * 32))
            var output = Data(count: max(1, min(expectedSize, affordableSize)))
            var decompressor = try unsafe Self(reading: input)
            var size = try decompressor.fill(&output, from: 0)
            while !decompressor.isFinished {
                if output.count < affordableSize {
                    output.count = min(output.count * 2, affordableSize)
                } else {
                    output = Data()
                    // One more byte, so that there is still room after the last byte and the loop terminates.
                    output.count = try unsafe measure(input, sizeLimit: sizeLimit) + 1
                    decompressor = try unsafe Self(reading: input)
                    size = 0
                }
                size += try decompressor.fill(&output, from: size)
            }
            guard size <= sizeLimit else { throw limitExceeded(sizeLimit) }
            output.count = size
            return output
        }
    }

    private static func measure(_ input: UnsafeRawBufferPointer, sizeLimit: Int) throws -> Int {
        var scratch = Data(count: 1 << 16)
        var decompressor = try unsafe Self(reading: input)
        var size = 0
        while !decompressor.isFinished {
            size += try decompressor.fill(&scratch, from: 0)
            guard size <= sizeLimit else { throw limitExceeded(sizeLimit) }
        }
        return size
    }

    private mutating func fill(_ output: inout Data, from start: Int) throws -> Int {
        try unsafe output.withUnsafeMutableBytes {
            try unsafe fill(UnsafeMutableRawBufferPointer(rebasing: $0[start...]))
        }
    }

    private static func limitExceeded(_ sizeLimit: Int) -> SerializationError {
        SerializationError(
            .limitExceeded,
            "The decompressed data is larger than \(sizeLimit) bytes. Give the stage a larger sizeLimit to read it."
        )
    }
}
#endif
