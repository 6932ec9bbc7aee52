internal import CFileSystem

extension StoreDirectory {
    private static let replacementMark = ".replacing"

    /// Removes what dead writers have left: their temporaries, and files that they were about to replace.
    func sweep() throws(SystemError) {
        let temporaries = try writableTemporaries()
        let opened = SystemCall.open(".", in: temporaries.rawValue, O_RDONLY | O_DIRECTORY)
        var replaced: [CacheKey] = []
        try DirectoryStream(FileDescriptor(opened: opened)).forEachName { name throws(SystemError) in
            if let key = Self.replacedKey(name) {
                replaced.append(key)
            } else if TemporaryFile.isName(name) {
                try TemporaryFile.removeIfStray(name, in: temporaries)
            }
            return true
        }
        for key in replaced { try finishReplacement(of: key) }
    }

    /// Runs what puts a file beside one of another format and then removes that, under a mark that outlives a crash.
    ///
    /// The shard must be locked: a mark that another holder of the lock finds was left by a dead writer.
    func replacing<Value>(_ key: CacheKey, _ body: () throws(SystemError) -> Value) throws(SystemError) -> Value {
        let directory = try writableTemporaries().rawValue
        let name = "\(key)\(Self.replacementMark)"
        let opened = SystemCall.open(name, in: directory, O_WRONLY | O_CREAT | O_NOFOLLOW, 0o600)
        _ = try FileDescriptor(opened: opened)
        defer { _ = SystemCall.removeFile(name, in: directory) }
        return try body()
    }

    /// Removes all but the newest of a key's files.
    ///
    /// Which of them a dead writer meant to stay matters little: it had not yet reported its entry as written.
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
        _ = try SystemCall.removeFile("\(key)\(Self.replacementMark)", in: writableTemporaries().rawValue)
    }

    private static func replacedKey(_ name: String) -> CacheKey? {
        guard name.hasSuffix(replacementMark) else { return nil }
        return CacheKey(name.dropLast(replacementMark.count))
    }
}
