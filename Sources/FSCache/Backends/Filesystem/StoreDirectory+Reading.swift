internal import CFileSystem
internal import Foundation

extension StoreDirectory {
    enum ReadResult {
        case entry(EncodedEntry)
        case missing
        /// There is an entry that is larger than the limit.
        case large
    }

    /// Reads the entry of a key, whichever format it is in, if it is not larger than the limit.
    func read(_ key: CacheKey, upTo limit: Int) throws(SystemError) -> ReadResult {
        // A writer of another format may replace the file that was seen just now, and again the one after that.
        for _ in 0..<16 {
            if let result = try read(EntryFile(key, settings.preferredExtension), upTo: limit) { return result }
            guard let other = try otherFile(of: key) else { return .missing }
            if let result = try read(other, upTo: limit) { return result }
        }
        return .missing
    }

    private func otherFile(of key: CacheKey) throws(SystemError) -> EntryFile? {
        guard let shard = try openShard(ShardName(key)) else { return nil }
        return try shard.names(of: key)
            .filter { !$0.isSetAside }
            .min { $0.fileExtension.text < $1.fileExtension.text }
    }

    /// One open, one fstat, one read, one close; `nil` when there is no such file.
    private func read(_ file: EntryFile, upTo limit: Int) throws(SystemError) -> ReadResult? {
        guard let descriptor = try open(file) else { return nil }
        let status = try descriptor.status()
        guard status.is_regular != 0 else { throw .notRegular }
        guard status.byte_count <= limit else { return .large }
        let bytes = try descriptor.readBytes(Int(status.byte_count))
        return .entry(EncodedEntry(bytes: bytes, fileExtension: file.fileExtension.text))
    }
}

extension FileDescriptor {
    /// Reads from where the file stands into one allocation that the result owns.
    borrowing func readBytes(_ count: Int) throws(SystemError) -> Data {
        guard count > 0 else { return Data() }
        guard let buffer = unsafe malloc(count) else { throw SystemError(ENOMEM) }
        let got = unsafe cfs_read(rawValue, buffer, count)
        guard got > 0 else {
            unsafe free(buffer)
            try SystemError.check(CInt(got))
            return Data()
        }
        return unsafe Data(bytesNoCopy: buffer, count: Int(got), deallocator: .free)
    }
}
