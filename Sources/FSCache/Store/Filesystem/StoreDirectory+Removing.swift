internal import CFileSystem

extension StoreDirectory {
    /// Removes the files of a key, and its shard if it becomes empty.
    ///
    /// Returns whether there was a file. While others change the shard, this waits, or returns `nil` without removing
    /// it.
    func remove(_ key: CacheKey, waits: Bool) throws(SystemError) -> Bool? {
        _ = try writableTemporaries()
        let name = ShardName(key)
        guard let shard = try openShard(name) else { return false }
        guard try shard.lock(waits: waits) else { return nil }
        var removed = false
        for file in try shard.files(of: key) where try shard.remove(file) { removed = true }
        if removed { removeIfEmpty(name) }
        return removed
    }

    /// Removes a file of a key if a condition is met.
    ///
    /// - Returns: Whether it was met.
    func remove(_ file: EntryFile?, of key: CacheKey, if condition: Condition) throws(SystemError) -> Bool {
        _ = try writableTemporaries()
        let name = ShardName(key)
        guard let shard = try openShard(name) else { return try condition([]) }
        _ = try shard.lock(waits: true, seconds: Shard.maintenanceSeconds)
        guard try condition(shard.files(of: key) { !$0.isSetAside }) else { return false }
        if let file { try shard.remove(file) }
        removeIfEmpty(name)
        return true
    }

    /// Removes every entry, the directories that become empty, and the temporary files of dead writers.
    func removeAll() throws(SystemError) {
        _ = try writableTemporaries()
        for first in try directories() {
            for second in try directories(below: first) {
                let name = ShardName(first: first, second: second)
                try skippingForeign { () throws(SystemError) in
                    guard let shard = try openShard(name) else { return }
                    _ = try shard.lock(waits: true, seconds: Shard.maintenanceSeconds)
                    for (file, _) in try shard.files(in: name) { try shard.remove(file) }
                    removeIfEmpty(name)
                }
            }
            removeIfEmpty(first)
        }
        try sweep()
    }

    /// Removes a shard's directory and its parent if they are empty.
    func removeIfEmpty(_ shard: ShardName) {
        guard let parent = try? openDirectory(ShardName.digits(shard.first)) else { return }
        let result = SystemCall.removeDirectory(ShardName.digits(shard.second), in: parent.rawValue)
        if result == 0 { removeIfEmpty(shard.first) }
    }

    func removeIfEmpty(_ first: UInt8) {
        _ = SystemCall.removeDirectory(ShardName.digits(first), in: root.rawValue)
    }
}

extension StoreDirectory {
    private static let replacementMark = ".replacing"

    /// Removes the temporary files of dead writers, and the files that they were about to replace.
    func sweep() throws(SystemError) {
        let temporaries = try writableTemporaries()
        let opened = SystemCall.open(".", in: temporaries.parent.rawValue, O_RDONLY | O_DIRECTORY)
        var replaced: [CacheKey] = []
        try DirectoryStream(FileDescriptor(opened: opened)).forEachName { name throws(SystemError) in
            if let key = Self.replacedKey(name) {
                replaced.append(key)
            } else {
                try temporaries.removeIfLeft(name)
            }
            return true
        }
        for key in replaced { try finishReplacement(of: key) }
    }

    /// Marks a key while `body` replaces its file by one of another format.
    ///
    /// The mark survives a crash and a failure, so that the next sweep finishes the replacement.
    ///
    /// The shard must be locked, so any mark that another holder of the lock finds was left by a dead writer.
    func replacing<Value>(_ key: CacheKey, _ body: () throws(SystemError) -> Value) throws(SystemError) -> Value {
        let directory = try writableTemporaries().parent.rawValue
        let name = "\(key)\(Self.replacementMark)"
        // Without O_NONBLOCK, opening a planted pipe would wait for its reader, and all other writers for the lock.
        let opened = SystemCall.open(name, in: directory, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600)
        let isForeign = [-ENXIO, -EISDIR, -ELOOP].contains(opened)
        guard !isForeign, try FileDescriptor(opened: opened).status().is_regular != 0 else {
            throw SystemError(EEXIST, "\(TemporaryDirectories.name)/\(name) is not a file of the cache: remove it")
        }
        let value = try body()
        _ = SystemCall.removeFile(name, in: directory)
        return value
    }

    /// Whether a key's file is being replaced by one of another format, or a dead writer was about to.
    func isBeingReplaced(_ key: CacheKey) -> Bool {
        var status = cfs_status()
        let name = "\(TemporaryDirectories.name)/\(key)\(Self.replacementMark)"
        return SystemCall.status(of: name, in: root.rawValue, &status) == 0
    }

    /// Removes all files of a key except the newest.
    ///
    /// The dead writer hadn't reported its entry as written, so either file may stay.
    private func finishReplacement(of key: CacheKey) throws(SystemError) {
        if let shard = try openShard(ShardName(key)) {
            guard try shard.lock(waits: false) else { return }
            var newest: (file: EntryFile, modified: Int64)?
            for file in try shard.files(of: key) where !file.isSetAside {
                guard let status = try shard.status(of: file.name) else { continue }
                let modified = status.modified_seconds * 1_000_000_000 + Int64(status.modified_nanoseconds)
                if let rival = newest {
                    try shard.remove(modified > rival.modified ? rival.file : file)
                    guard modified > rival.modified else { continue }
                }
                newest = (file, modified)
            }
        }
        _ = try SystemCall.removeFile("\(key)\(Self.replacementMark)", in: writableTemporaries().parent.rawValue)
    }

    static func replacedKey(_ name: String) -> CacheKey? {
        guard name.hasSuffix(replacementMark) else { return nil }
        return CacheKey(name.dropLast(replacementMark.count))
    }
}
