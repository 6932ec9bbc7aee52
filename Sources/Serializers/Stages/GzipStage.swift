#if Compression
internal import CZlib
public import Foundation

/// Compression as gzip (RFC 1952): `zcat` shows the file.
///
/// The header names neither a time nor a file nor an operating system, so equal input gives equal bytes with one
/// version of zlib. Files of several members, as `cat a.gz b.gz` makes them, are read to the end of the last one.
public struct GzipStage: Stage {
    /// How hard to compress: from 0, not at all, to 9, smallest.
    public let level: Int
    /// The most bytes that ``undo(on:)`` returns.
    public let sizeLimit: Int
    /// The extension: `gz`.
    public var fileExtension: String { "gz" }

    /// Makes a stage; ``Stage/gzip(level:sizeLimit:)`` reads better at the call site.
    ///
    /// - Parameters:
    ///   - level: How hard to compress: from 0, not at all, to 9, smallest. The nearest is taken for any other number.
    ///   - sizeLimit: The most bytes to decompress to; 1 GiB by default. More is refused, without allocating memory
    ///     for it.
    public init(level: Int = 6, sizeLimit: Int = 1 << 30) {
        self.level = min(max(level, 0), 9)
        self.sizeLimit = max(sizeLimit, 0)
    }

    /// Compresses.
    ///
    /// - Parameter data: The bytes to compress.
    /// - Returns: A gzip file of one member.
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
    /// - Parameter data: A gzip file of one or more members, from anywhere.
    /// - Returns: The decompressed bytes of all members.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/malformed`` for bytes that are no gzip file, are
    ///   cut off, fail the checksum or are followed by something else, and with
    ///   ``SerializationError/Code/limitExceeded`` for more than ``sizeLimit`` bytes.
    public func undo(on data: Data) throws -> Data {
        // RFC 1952 §2.3.1: the last four bytes are the size modulo 2³², little-endian.
        let expectedSize = data.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        return try GzipDecompressor.decompress(data, expectedSize: expectedSize, sizeLimit: sizeLimit)
    }
}

extension Stage where Self == GzipStage {
    /// Compression as gzip: `JSONSerializer().staged(.gzip())` writes files that `zcat` shows.
    ///
    /// - Parameters:
    ///   - level: How hard to compress: from 0, not at all, to 9, smallest. The nearest is taken for any other number.
    ///   - sizeLimit: The most bytes to decompress to; 1 GiB by default. More is refused, without allocating memory
    ///     for it.
    /// - Returns: The stage.
    public static func gzip(level: Int = 6, sizeLimit: Int = 1 << 30) -> GzipStage {
        GzipStage(level: level, sizeLimit: sizeLimit)
    }
}
#endif
