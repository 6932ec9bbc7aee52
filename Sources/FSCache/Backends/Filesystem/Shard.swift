internal import CFileSystem

/// The open directory of one shard.
struct Shard: ~Copyable {
    private let directory: DirectoryStream

    init(_ descriptor: consuming FileDescriptor) throws(SystemError) {
        self.directory = try DirectoryStream(descriptor)
    }

    var descriptor: CInt { directory.descriptor }

    /// Takes the kernel lock that those who change the shard hold for a moment. It ends with the shard's closing.
    ///
    /// Without it, two writers of one key in two formats could each remove the other's file as the older one.
    ///
    /// - Parameter waits: Whether to wait for another holder, some seconds at most.
    /// - Returns: Whether the lock is held. File systems that have no such locks are taken at their best effort.
    func lock(waits: Bool) throws(SystemError) -> Bool {
        let napMicroseconds: CUnsignedInt = 500
        for _ in 0..<20_000 {
            guard cfs_try_lock(descriptor) == -EAGAIN else { return true }
            guard waits else { return false }
            usleep(napMicroseconds)
        }
        throw .locked
    }

    /// The files of one key, and whether there are other names beside them.
    func files(of key: CacheKey) throws(SystemError) -> (files: [EntryFile], hasOthers: Bool) {
        var files: [EntryFile] = []
        var hasOthers = false
        try directory.forEachName { name throws(SystemError) in
            if let file = EntryFile(name: name), file.key == key, try status(of: name) != nil {
                files.append(file)
            } else {
                hasOthers = true
            }
            return true
        }
        return (files, hasOthers)
    }

    /// Every entry's file with its status.
    func files(in shard: ShardName) throws(SystemError) -> [(file: EntryFile, status: cfs_status)] {
        var files: [(EntryFile, cfs_status)] = []
        try directory.forEachName { name throws(SystemError) in
            if let file = EntryFile(name: name), ShardName(file.key) == shard,
                let status = try status(of: name)
            {
                files.append((file, status))
            }
            return true
        }
        return files
    }

    /// The status of a regular file; `nil` for what is gone or is something else, and therefore not ours.
    private func status(of name: String) throws(SystemError) -> cfs_status? {
        var status = cfs_status()
        let result = SystemCall.status(of: name, in: descriptor, &status)
        if result == -ENOENT { return nil }
        try SystemError.check(result)
        return status.is_regular != 0 ? status : nil
    }

    /// Removes a file, if it is still there.
    ///
    /// - Returns: Whether it was.
    @discardableResult
    func remove(_ file: EntryFile) throws(SystemError) -> Bool {
        let result = SystemCall.removeFile(file.name, in: descriptor)
        if result == -ENOENT { return false }
        try SystemError.check(result)
        return true
    }
}
