public import Foundation

/// An entry that is read in pieces.
public protocol EntryReader: Sendable {
    /// The file extension of the serializer that wrote the entry.
    var fileExtension: String { get }
    /// The size of the entry in bytes.
    var byteCount: Int { get }

    /// Reads some of the entry's bytes.
    ///
    /// - Parameters:
    ///   - offset: The position of the first byte.
    ///   - count: The largest number of bytes to read.
    /// - Returns: The bytes. Fewer than `count` are returned only at the end of the entry.
    /// - Throws: When the bytes can't be read.
    func read(from offset: Int, upTo count: Int) async throws -> Data
}

/// An entry that is written in pieces.
///
/// Readers see the complete entry once ``commit()`` has returned. A writer that is released before that leaves nothing
/// behind.
public protocol EntryWriter: Sendable {
    /// Appends bytes.
    ///
    /// - Parameter bytes: The bytes.
    /// - Throws: When they can't be written. Don't use the writer after that.
    func append(_ bytes: Data) async throws

    /// Replaces bytes that have been written. The beginning of an entry holds values that are known only at its end.
    ///
    /// - Parameters:
    ///   - offset: The position of the first byte to replace.
    ///   - bytes: The new bytes. They replace the same number of old ones.
    /// - Throws: When they can't be written.
    func overwrite(at offset: Int, with bytes: Data) async throws

    /// Reads bytes that have been written, before or after the commit.
    ///
    /// - Parameters:
    ///   - offset: The position of the first byte.
    ///   - count: The largest number of bytes to read.
    /// - Returns: The bytes. Fewer than `count` are returned only at the end of the written bytes.
    /// - Throws: When they can't be read.
    func read(from offset: Int, upTo count: Int) async throws -> Data

    /// Stores the entry and replaces the previous one with its key. Call it once, and write nothing afterwards.
    ///
    /// - Throws: When the entry can't be stored. The previous one is then still there.
    func commit() async throws
}
