internal import CFileSystem

extension StoreDirectory {
    /// The names of the first level's directories, in order; with `first`, those of the second level below it.
    func directories(below first: UInt8? = nil) throws(SystemError) -> [UInt8] {
        var names: [UInt8] = []
        try skippingForeign { () throws(SystemError) in
            guard let directory = try openDirectory(first.map(ShardName.digits) ?? ".") else { return }
            try DirectoryStream(directory).forEachName { name in
                if let byte = ShardName.byte(name) { names.append(byte) }
                return true
            }
        }
        return names.sorted()
    }

    /// The entries' files in one shard with their status, in order.
    func files(in name: ShardName) throws(SystemError) -> [(file: EntryFile, status: cfs_status)] {
        var files: [(file: EntryFile, status: cfs_status)] = []
        try skippingForeign { () throws(SystemError) in
            guard let shard = try openShard(name) else { return }
            files = try shard.files(in: name)
        }
        return files.sorted { ($0.file.key, $0.file.name) < ($1.file.key, $1.file.name) }
    }

    /// Passes over what has a directory's name and is a file or a symbolic link: not ours.
    func skippingForeign(_ body: () throws(SystemError) -> Void) throws(SystemError) {
        do {
            try body()
        } catch let error where error.number == ENOTDIR || error.number == ELOOP {
            return
        }
    }
}
