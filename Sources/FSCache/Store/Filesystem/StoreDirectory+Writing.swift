internal import CFileSystem
internal import Foundation

extension StoreDirectory {
    /// Writes a whole file and then gives it its place with one rename.
    ///
    /// While others change the shard this waits, or gives `false` and has written nothing.
    func write(_ bytes: Data, as file: EntryFile, waits: Bool) throws(SystemError) -> Bool {
        // Each round but the last means that somebody has swept the temporary.
        for _ in 0..<8 {
            var temporary = try makeTemporary()
            try temporary.write(bytes)
            switch try place(&temporary, as: file, waits: waits) {
            case .placed: return true
            case .busy: return false
            case .gone: continue
            }
        }
        throw SystemError(ENOENT, "its temporary file is removed as often as it is made")
    }

    /// Creates a file that is to get its place once it is whole.
    func makeTemporary() throws(SystemError) -> TemporaryFile {
        try TemporaryFile.create(in: writableTemporaries(), permissions: settings.filePermissions)
    }

    enum Placement {
        case placed
        /// Others are changing the shard, and nothing was done.
        case busy
        /// The temporary file is no longer there.
        case gone
    }

    /// Gives a whole file its place.
    ///
    /// While others change the shard this waits, or says so.
    func place(
        _ temporary: inout TemporaryFile,
        as file: EntryFile,
        waits: Bool
    ) throws(SystemError) -> Placement {
        if settings.synchronizes { try temporary.synchronize() }
        // Each round but the last means that somebody has removed an emptied shard.
        for _ in 0..<64 {
            guard let shard = try openOrMakeShard(ShardName(file.key)) else { continue }
            guard try shard.lock(waits: waits) else { return .busy }
            guard try place(&temporary, as: file, in: shard) else {
                guard try temporary.isThere() else { return .gone }
                continue
            }
            if settings.synchronizes { try SystemError.check(cfs_synchronize(shard.descriptor)) }
            return .placed
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
        let others = try shard.files(of: file.key) { $0 != file && !$0.isSetAside }
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
