internal import CFileSystem
internal import Foundation

extension StoreDirectory {
    /// Reads the entry of a key in any format, if it is not larger than the limit.
    ///
    /// Unless this is a use of the entry, its time of access stays as it is.
    func read(_ key: CacheKey, upTo limit: Int, isUse: Bool) throws(SystemError) -> ImmediateRead {
        // Writers of other formats may replace the file again and again.
        for _ in 0..<16 {
            if let result = try read(EntryFile(key, settings.preferredExtension), upTo: limit, isUse) {
                return result
            }
            guard let other = try otherFile(of: key) else { return .missing }
            if let result = try read(other, upTo: limit, isUse) { return result }
        }
        return .missing
    }

    /// The identity of the key's file with the preferred extension; `nil` if there is no regular file, or if it must be read
    /// to mark its use.
    func identity(of key: CacheKey) -> EntryIdentity? {
        var status = cfs_status()
        let result = unsafe EntryFile(key, settings.preferredExtension).withPath { path in
            unsafe cfs_status_at(root.rawValue, path, followsLinks ? 1 : 0, &status)
        }
        guard result == 0, status.is_regular != 0, !isMarkDue(status) else { return nil }
        return EntryIdentity(status)
    }

    /// Opens the entry of a key; `nil` if there is none.
    ///
    /// Unless this is a use of the entry, its time of access stays as it is.
    func openReader(_ key: CacheKey, pace: ReadPace, isUse: Bool) throws(SystemError) -> FileEntryReader? {
        // Writers of other formats may replace the file again and again.
        for _ in 0..<16 {
            if let reader = try openReader(EntryFile(key, settings.preferredExtension), pace, isUse) {
                return reader
            }
            guard let other = try otherFile(of: key) else { return nil }
            if let reader = try openReader(other, pace, isUse) { return reader }
        }
        return nil
    }

    private func openReader(_ file: EntryFile, _ pace: ReadPace, _ isUse: Bool) throws(SystemError)
        -> FileEntryReader?
    {
        guard let descriptor = try open(file, leavesAccessTime: !isUse) else { return nil }
        let status = try descriptor.status()
        guard status.is_regular != 0 else { throw .notRegular }
        if isUse { _ = markUse(of: descriptor, status) }
        return FileEntryReader(descriptor, status, fileExtension: file.fileExtension.text, pace: pace)
    }

    private func otherFile(of key: CacheKey) throws(SystemError) -> EntryFile? {
        guard let shard = try openShard(ShardName(key)) else { return nil }
        return try shard.names(of: key)
            .filter { !$0.isSetAside }
            .min { $0.fileExtension.text < $1.fileExtension.text }
    }

    /// Reads a file with one open, one fstat, one read and one close; `nil` if there is none.
    private func read(_ file: EntryFile, upTo limit: Int, _ isUse: Bool) throws(SystemError) -> ImmediateRead? {
        guard let descriptor = try open(file, leavesAccessTime: !isUse) else { return nil }
        let status = try descriptor.status()
        guard status.is_regular != 0 else { throw .notRegular }
        guard status.byte_count <= limit else { return .later }
        let bytes = try descriptor.readBytes(Int(status.byte_count))
        let isMarked = isUse && markUse(of: descriptor, status)
        // A file with another extension has no identity: one with the preferred extension may replace it at any time. The
        // mark of a use changes the identity.
        let hasIdentity = file.fileExtension == settings.preferredExtension && !isMarked
        let identity = hasIdentity ? EntryIdentity(status) : nil
        return .entry(EncodedEntry(bytes: bytes, fileExtension: file.fileExtension.text), identity)
    }
}

extension FileDescriptor {
    /// Reads from a position in the file into one allocation.
    borrowing func readBytes(_ count: Int, at offset: Int) throws(SystemError) -> Data {
        unsafe try Self.bytes(count) { unsafe cfs_read_at(rawValue, $0, $1, Int64(offset)) }
    }

    /// Reads from the current position into one allocation.
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

extension EntryIdentity {
    /// Identifies a file by its inode, size and times.
    ///
    /// The owner can set the modification time back, but not the change time.
    init(_ status: cfs_status) {
        // File times have a resolution of milliseconds in most kernels, and of two seconds in FAT. Two writes within one
        // step can have the same time, so the identity is reliable only for files that were read after that step.
        let longestStep = 2.0
        func seconds(_ whole: Int64, _ nanoseconds: Int32) -> Double { Double(whole) + Double(nanoseconds) / 1e9 }
        let latest = max(
            seconds(status.modified_seconds, status.modified_nanoseconds),
            seconds(status.changed_seconds, status.changed_nanoseconds)
        )
        self.init(
            SIMD8(
                status.device,
                status.inode,
                UInt64(bitPattern: status.byte_count),
                UInt64(bitPattern: status.modified_seconds),
                UInt64(bitPattern: Int64(status.modified_nanoseconds)),
                UInt64(bitPattern: status.changed_seconds),
                UInt64(bitPattern: Int64(status.changed_nanoseconds)),
                0
            ),
            settlesAt: Date(timeIntervalSince1970: latest + longestStep)
        )
    }
}
