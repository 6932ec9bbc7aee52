internal import CFileSystem
internal import Foundation

extension StoreDirectory {
    /// Writes a whole file and then gives it its place with one rename.
    ///
    /// While others change the shard this waits, or gives `false` and has written nothing.
    func write(_ bytes: Data, as file: EntryFile, waits: Bool) throws(SystemError) -> Bool {
        let temporaries = try writableTemporaries()
        // Each round but the last means that somebody else has removed an emptied shard, or has swept the temporary.
        for _ in 0..<64 {
            var temporary = try TemporaryFile.create(in: temporaries, permissions: settings.filePermissions)
            try temporary.write(bytes)
            if settings.synchronizes { try temporary.synchronize() }
            guard let shard = try openOrMakeShard(ShardName(file.key)) else { continue }
            guard try shard.lock(waits: waits) else { return false }
            guard try place(&temporary, as: file, in: shard) else { continue }
            if settings.synchronizes { try SystemError.check(cfs_synchronize(shard.descriptor)) }
            return true
        }
        throw SystemError(EBUSY, "its directory is removed as often as it is made")
    }

    /// Puts a file in its place, and removes the key's files of other formats.
    ///
    /// The shard is locked.
    ///
    /// Gives `false` when the file or the shard is no longer there.
    private func place(
        _ temporary: inout TemporaryFile,
        as file: EntryFile,
        in shard: borrowing Shard
    ) throws(SystemError) -> Bool {
        let others = try shard.files(of: file.key).filter { $0 != file && !$0.isSetAside }
        guard !others.isEmpty else { return try temporary.rename(to: file.name, in: shard.descriptor) }
        return try replacing(file.key) { () throws(SystemError) in
            guard try temporary.rename(to: file.name, in: shard.descriptor) else { return false }
            for other in others { try shard.remove(other) }
            return true
        }
    }

    /// Moves an entry out of the way of reads, if it still is what was read.
    ///
    /// While others change the shard this waits, or gives `false` and has done nothing.
    func setAside(_ entry: EncodedEntry, _ file: EntryFile, waits: Bool) throws(SystemError) -> Bool {
        _ = try writableTemporaries()
        guard let shard = try openShard(ShardName(file.key)) else { return true }
        guard try shard.lock(waits: waits) else { return false }
        let files = try shard.files(of: file.key)
        guard files.contains(file), try read(file) == entry.bytes else { return true }
        let aside = EntryFile(file.key, file.fileExtension, isSetAside: true)
        let result = SystemCall.rename(file.name, in: shard.descriptor, to: aside.name, in: shard.descriptor)
        try SystemError.check(result)
        for earlier in files where earlier.isSetAside && earlier != aside {
            try shard.remove(earlier)
        }
        return true
    }

    private func read(_ file: EntryFile) throws(SystemError) -> Data? {
        guard let descriptor = try open(file) else { return nil }
        return try descriptor.readBytes(Int(descriptor.status().byte_count))
    }

    func writableTemporaries() throws(SystemError) -> OpenDirectory {
        guard let temporaries else { throw .readOnly }
        return temporaries
    }

    /// Opens a shard's directory; `nil` when what was made is gone again.
    private func openOrMakeShard(_ name: ShardName) throws(SystemError) -> Shard? {
        if let shard = try openShard(name) { return shard }
        let first = ShardName.digits(name.first)
        guard try makeDirectory(first, in: root.rawValue), let parent = try openDirectory(first),
            try makeDirectory(ShardName.digits(name.second), in: parent.rawValue)
        else { return nil }
        return try openShard(name)
    }

    /// Makes a directory if there is nothing of its name.
    ///
    /// Gives `false` when the directory that it should lie in is gone.
    private func makeDirectory(_ name: String, in parent: CInt) throws(SystemError) -> Bool {
        do throws(SystemError) {
            try Self.makeDirectory(name, in: parent, permissions: settings.directoryPermissions)
        } catch let error where error.number == ENOENT {
            return false
        }
        if settings.synchronizes { try SystemError.check(cfs_synchronize(parent)) }
        return true
    }
}
