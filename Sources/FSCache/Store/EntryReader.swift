public import Foundation

/// An entry that is read piece by piece.
public protocol EntryReader: Sendable {
    /// The file extension of the serializer that wrote the entry.
    var fileExtension: String { get }
    /// The entry's size in bytes.
    var byteCount: Int { get }

    /// Reads some of the entry's bytes.
    ///
    /// - Parameters:
    ///   - offset: How many bytes come before them.
    ///   - count: How many to read at most.
    /// - Returns: The bytes; fewer than `count` only where the entry ends.
    /// - Throws: When they can't be read.
    func read(from offset: Int, upTo count: Int) async throws -> Data
}

extension EncodedEntry: EntryReader {
    /// The number of bytes.
    public var byteCount: Int { bytes.count }

    /// Copies some of the bytes.
    ///
    /// - Parameters:
    ///   - offset: How many bytes come before them.
    ///   - count: How many to take at most.
    /// - Returns: The bytes.
    public func read(from offset: Int, upTo count: Int) async -> Data {
        Data(bytes.dropFirst(offset).prefix(count))
    }
}
