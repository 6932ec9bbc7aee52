internal import CFileSystem

/// The open directory of one shard.
struct Shard: ~Copyable {
    private let directory: DirectoryStream

    init(_ descriptor: consuming FileDescriptor) throws(SystemError) {
        self.directory = try DirectoryStream(descriptor)
    }

    var descriptor: CInt { directory.descriptor }

    /// Takes the kernel lock that those who change the shard hold for a moment.
    ///
    /// It ends with the shard's closing.
    ///
    /// Without it, two writers of one key in two formats could each remove the other's file as the older one.
    ///
    /// When another holds it, this gives `false` at once, or waits, some seconds at most. File systems that have no such
    /// locks are taken at their best effort.
    func lock(waits: Bool) throws(SystemError) -> Bool {
        let napMicroseconds: CUnsignedInt = 500
        for _ in 0..<20_000 {
            guard cfs_try_lock(descriptor) == -EAGAIN else { return true }
            guard waits else { return false }
            usleep(napMicroseconds)
        }
        throw .locked
    }

    /// The names that entries of one key have here.
    ///
    /// What lies under them is not looked at: it may change meanwhile.
    func names(of key: CacheKey) throws(SystemError) -> [EntryFile] {
        let digits = key.description
        var names: [EntryFile] = []
        try directory.forEachName { name in
            if name.hasPrefix(digits), let file = EntryFile(name: name) { names.append(file) }
            return true
        }
        return names
    }

    /// The files of one key, or some of them, known to be regular files.
    ///
    /// That holds as long as the shard is locked.
    func files(
        of key: CacheKey,
        where isWanted: (EntryFile) -> Bool = { _ in true }
    ) throws(SystemError) -> [EntryFile] {
        var files: [EntryFile] = []
        for file in try names(of: key).filter(isWanted) where try status(of: file.name) != nil { files.append(file) }
        return files
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
    func status(of name: String) throws(SystemError) -> cfs_status? {
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
