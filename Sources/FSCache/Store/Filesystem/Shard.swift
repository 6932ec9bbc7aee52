internal import CFileSystem
internal import Foundation

/// The open directory of one shard.
struct Shard: ~Copyable {
    private let directory: DirectoryStream
    private let followsLinks: Bool
    private let evictor: Evictor?

    init(_ descriptor: consuming FileDescriptor, followsLinks: Bool, evictor: Evictor?) throws(SystemError) {
        self.directory = try DirectoryStream(descriptor)
        self.followsLinks = followsLinks
        self.evictor = evictor
    }

    var descriptor: CInt { directory.descriptor }

    /// How long maintenance waits for a lock: nobody waits for a response then.
    static let maintenanceSeconds = 10

    /// Takes the kernel lock that writers hold while they change the shard, until the shard is closed.
    ///
    /// Without the lock, two writers of one key in two formats could each remove the other's file as the older one. On
    /// file systems without such locks, nothing prevents that.
    ///
    /// Writers hold it for the time of a few system calls. A response must not wait long for one that has been stopped, or
    /// for somebody who only wants to be in the way.
    ///
    /// - Parameters:
    ///   - waits: Whether to wait if another writer holds it.
    ///   - seconds: The longest time to wait.
    /// - Returns: Whether it was taken; `false` only without waiting.
    /// - Throws: ``SystemError/locked`` after waiting in vain.
    func lock(waits: Bool, seconds: Int = 1) throws(SystemError) -> Bool {
        let napMicroseconds: CUnsignedInt = 500
        for _ in 0..<(seconds * 2000) {
            guard cfs_try_lock(descriptor) == -EAGAIN else { return true }
            guard waits else { return false }
            usleep(napMicroseconds)
        }
        throw .locked
    }

    /// The names of a key's entries.
    ///
    /// They may belong to directories or links.
    func names(of key: CacheKey) throws(SystemError) -> [EntryFile] {
        let digits = key.description
        var names: [EntryFile] = []
        try directory.forEachName { name in
            if name.hasPrefix(digits), let file = EntryFile(name: name) { names.append(file) }
            return true
        }
        return names
    }

    /// The regular files of a key's entries.
    ///
    /// They remain regular files while the shard is locked.
    func files(
        of key: CacheKey,
        where isWanted: (EntryFile) -> Bool = { _ in true }
    ) throws(SystemError) -> [EntryFile] {
        var files: [EntryFile] = []
        for file in try names(of: key).filter(isWanted) where try status(of: file.name) != nil { files.append(file) }
        return files
    }

    /// The files of all entries, with their status.
    func files(in shard: ShardName) throws(SystemError) -> [(file: EntryFile, status: cfs_status)] {
        var files: [(EntryFile, cfs_status)] = []
        try forEachEntry(in: shard) { file, name, _ throws(SystemError) in
            if let status = try status(of: name) { files.append((file, status)) }
        }
        return files
    }

    /// The files of all entries, with their status and the content of those that are not larger than a limit.
    ///
    /// A file that was set aside, or can't be read, has no content. Reading does not count as use.
    func contents(
        in shard: ShardName,
        upTo limit: Int
    ) throws(SystemError) -> [(file: EntryFile, status: cfs_status, bytes: Data?)] {
        var files: [(EntryFile, cfs_status, Data?)] = []
        try forEachEntry(in: shard) { file, name, _ throws(SystemError) in
            if !file.isSetAside, let (status, bytes) = content(of: name, upTo: limit) {
                files.append((file, status, bytes))
            } else if let status = try status(of: name) {
                files.append((file, status, nil))
            }
        }
        return files
    }

    /// The number of entries.
    func count(in shard: ShardName) throws(SystemError) -> Int {
        var count = 0
        try forEachEntry(in: shard) { _, name, isRegular throws(SystemError) in
            if let isRegular {
                if isRegular { count += 1 }
            } else if try status(of: name) != nil {
                count += 1
            }
        }
        return count
    }

    /// Calls `body` for each name of an entry, which may belong to a directory or a link.
    private func forEachEntry(
        in shard: ShardName,
        _ body: (_ file: EntryFile, _ name: String, _ isRegular: Bool?) throws(SystemError) -> Void
    ) throws(SystemError) {
        try directory.forEachFile { name, isRegular throws(SystemError) in
            if let file = EntryFile(name: name), ShardName(file.key) == shard { try body(file, name, isRegular) }
            return true
        }
    }

    private func content(of name: String, upTo limit: Int) -> (cfs_status, Data)? {
        // Without O_NONBLOCK, opening a planted pipe would wait for its writer.
        let flags = O_RDONLY | O_NONBLOCK | CFS_LEAVE_ACCESS_TIME | (followsLinks ? 0 : O_NOFOLLOW)
        let opened = SystemCall.open(name, in: descriptor, flags)
        guard let file = try? FileDescriptor(opened: opened), let status = try? file.status(),
            status.is_regular != 0, status.byte_count <= limit,
            let bytes = try? file.readBytes(Int(status.byte_count))
        else { return nil }
        return (status, bytes)
    }

    /// The status of a regular file; `nil` if it has been removed, or is not a regular file and therefore foreign.
    func status(of name: String) throws(SystemError) -> cfs_status? {
        var status = cfs_status()
        let result = SystemCall.status(of: name, in: descriptor, followingLinks: followsLinks, &status)
        if result == -ENOENT || result == -ELOOP { return nil }
        try SystemError.check(result)
        return status.is_regular != 0 ? status : nil
    }

    /// Removes a file.
    ///
    /// - Returns: Whether it was still there.
    @discardableResult
    func remove(_ file: EntryFile) throws(SystemError) -> Bool {
        let removed = evictor == nil ? nil : try status(of: file.name)
        let result = SystemCall.removeFile(file.name, in: descriptor)
        if result == -ENOENT { return false }
        try SystemError.check(result)
        if let removed { evictor?.record(StoreAmount() - removed.amount, of: file.key) }
        return true
    }
}
