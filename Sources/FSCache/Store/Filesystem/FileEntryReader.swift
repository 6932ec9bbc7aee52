internal import Foundation

/// An entry's file, open for reading.
final class FileEntryReader: EntryReader {
    let fileExtension: String
    let byteCount: Int
    private let descriptor: FileDescriptor

    init(_ descriptor: consuming FileDescriptor, fileExtension: String, byteCount: Int) {
        self.descriptor = descriptor
        self.fileExtension = fileExtension
        self.byteCount = byteCount
    }

    func read(from offset: Int, upTo count: Int) async throws -> Data {
        let count = min(count, byteCount - offset)
        guard count > 0 else { return Data() }
        guard count > FilesystemBackend.inlineByteCount else { return try readNow(from: offset, upTo: count) }
        return try await BlockingWork.run { try self.readNow(from: offset, upTo: count) }
    }

    private func readNow(from offset: Int, upTo count: Int) throws(FSCacheError) -> Data {
        do throws(SystemError) {
            return try descriptor.readBytes(count, at: offset)
        } catch {
            throw FSCacheError(.storeFailed, "Can't read on in an entry: \(error).", underlyingError: error.posixError)
        }
    }
}
