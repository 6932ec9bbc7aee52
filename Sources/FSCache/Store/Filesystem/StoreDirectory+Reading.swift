internal import CFileSystem
internal import Foundation

extension StoreDirectory {
    /// Reads the entry of a key, whichever format it is in, if it is not larger than the limit.
    func read(_ key: CacheKey, upTo limit: Int) throws(SystemError) -> InlineRead {
        // A writer of another format may replace the file that was seen just now, and again the one after that.
        for _ in 0..<16 {
            if let result = try read(EntryFile(key, settings.preferredExtension), upTo: limit) { return result }
            guard let other = try otherFile(of: key) else { return .missing }
            if let result = try read(other, upTo: limit) { return result }
        }
        return .missing
    }

    /// The identity of the file that a read of a key begins with; `nil` when there is none, or something else in its place.
    ///
    /// Whatever way led to it, a file of the same identity holds what was read from it.
    func identity(of key: CacheKey) -> EntryIdentity? {
        var status = cfs_status()
        let result = unsafe EntryFile(key, settings.preferredExtension).withPath { path in
            unsafe cfs_status_at(root.rawValue, path, &status)
        }
        return result == 0 && status.is_regular != 0 ? EntryIdentity(status) : nil
    }

    /// Opens the entry of a key to read it piece by piece; `nil` when there is none.
    func openReader(_ key: CacheKey) throws(SystemError) -> FileEntryReader? {
        // A writer of another format may replace the file that was seen just now, and again the one after that.
        for _ in 0..<16 {
            if let reader = try openReader(EntryFile(key, settings.preferredExtension)) { return reader }
            guard let other = try otherFile(of: key) else { return nil }
            if let reader = try openReader(other) { return reader }
        }
        return nil
    }

    private func openReader(_ file: EntryFile) throws(SystemError) -> FileEntryReader? {
        guard let descriptor = try open(file) else { return nil }
        let status = try descriptor.status()
        guard status.is_regular != 0 else { throw .notRegular }
        return FileEntryReader(descriptor, fileExtension: file.fileExtension.text, byteCount: Int(status.byte_count))
    }

    private func otherFile(of key: CacheKey) throws(SystemError) -> EntryFile? {
        guard let shard = try openShard(ShardName(key)) else { return nil }
        return try shard.names(of: key)
            .filter { !$0.isSetAside }
            .min { $0.fileExtension.text < $1.fileExtension.text }
    }

    /// One open, one fstat, one read, one close; `nil` when there is no such file.
    private func read(_ file: EntryFile, upTo limit: Int) throws(SystemError) -> InlineRead? {
        guard let descriptor = try open(file) else { return nil }
        let status = try descriptor.status()
        guard status.is_regular != 0 else { throw .notRegular }
        guard status.byte_count <= limit else { return .large }
        let bytes = try descriptor.readBytes(Int(status.byte_count))
        // A file of another extension counts only as long as there is none of the preferred one, which it can't tell.
        let identity = file.fileExtension == settings.preferredExtension ? EntryIdentity(status) : nil
        return .entry(EncodedEntry(bytes: bytes, fileExtension: file.fileExtension.text), identity)
    }
}

extension FileDescriptor {
    /// Reads from a place in the file into one allocation that the result owns.
    borrowing func readBytes(_ count: Int, at offset: Int) throws(SystemError) -> Data {
        unsafe try Self.bytes(count) { unsafe cfs_read_at(rawValue, $0, $1, Int64(offset)) }
    }

    /// Reads from where the file stands into one allocation that the result owns.
    borrowing func readBytes(_ count: Int) throws(SystemError) -> Data {
        unsafe try Self.bytes(count) { unsafe cfs_read(rawValue, $0, $1) }
    }

    private static func bytes(
        _ count: Int,
        _ read: (UnsafeMutableRawPointer, Int) -> Int64
    ) throws(SystemError) -> Data {
        guard count > 0 else { return Data() }
        guard let buffer = unsafe malloc(count) else { throw SystemError(ENOMEM) }
        let got = unsafe read(buffer, count)
        guard got > 0 else {
            unsafe free(buffer)
            try SystemError.check(CInt(got))
            return Data()
        }
        return unsafe Data(bytesNoCopy: buffer, count: Int(got), deallocator: .free)
    }
}
