internal import CFileSystem
internal import Foundation

extension StoreDirectory {
    /// Tells from the files of a key whether it may be changed.
    typealias Condition = (_ files: [EntryFile]) throws(SystemError) -> Bool

    /// Writes a temporary file and renames it to the entry's name.
    ///
    /// While others change the shard, this waits, or returns `busy` without writing.
    func write(
        _ bytes: Data,
        as file: EntryFile,
        if condition: Condition? = nil,
        waits: Bool
    ) throws(SystemError) -> Placement {
        // Try again if somebody has removed the temporary file.
        for _ in 0..<8 {
            var temporary = try writableTemporaries().makeFile()
            try temporary.write(bytes)
            let placement = try place(&temporary, as: file, if: condition, waits: waits)
            guard case .gone = placement else { return placement }
        }
        throw SystemError(ENOENT, "its temporary file has been removed again and again")
    }

    enum Placement {
        case placed
        /// Others are changing the shard. Nothing was done.
        case busy
        /// The temporary file has been removed.
        case gone
        /// The condition isn't met. Nothing was done.
        case refused
    }

    /// Renames a finished file to the entry's name.
    ///
    /// While others change the shard, this waits, or returns `busy`.
    func place(
        _ temporary: inout TemporaryFile,
        as file: EntryFile,
        if condition: Condition? = nil,
        waits: Bool
    ) throws(SystemError) -> Placement {
        if settings.synchronizes { try temporary.synchronize() }
        // Try again if somebody has removed the shard because it was empty.
        for _ in 0..<64 {
            guard let shard = try openOrMakeShard(ShardName(file.key)) else { continue }
            // Only maintenance sets conditions.
            let seconds = condition == nil ? 1 : Shard.maintenanceSeconds
            guard try shard.lock(waits: waits, seconds: seconds) else { return .busy }
            if let condition, try !condition(shard.files(of: file.key) { !$0.isSetAside }) {
                removeIfEmpty(ShardName(file.key))
                return .refused
            }
            guard try place(&temporary, as: file, in: shard) else {
                guard try !temporary.isThere() else { continue }
                removeIfEmpty(ShardName(file.key))
                return .gone
            }
            if settings.synchronizes { try SystemError.check(cfs_synchronize(shard.descriptor)) }
            return .placed
        }
        throw SystemError(EBUSY, "its directory has been removed again and again")
    }

    /// Renames a file to the entry's name and removes the key's files of other formats.
    ///
    /// The shard must be locked.
    ///
    /// - Returns: Whether the file and the shard were still there.
    private func place(
        _ temporary: inout TemporaryFile,
        as file: EntryFile,
        in shard: borrowing Shard
    ) throws(SystemError) -> Bool {
        let others = try shard.files(of: file.key) { $0 != file && !$0.isSetAside }
        let change = evictor == nil ? nil : try change(by: temporary, as: file, in: shard)
        if others.isEmpty {
            guard try temporary.rename(to: file.name, in: shard.descriptor) else { return false }
        } else {
            let isPlaced = try replacing(file.key) { () throws(SystemError) in
                guard try temporary.rename(to: file.name, in: shard.descriptor) else { return false }
                for other in others { try shard.remove(other) }
                return true
            }
            guard isPlaced else { return false }
        }
        if let change { evictor?.record(change, of: file.key, isWrite: true) }
        return true
    }

    /// Renames an entry so that reads no longer find it, if it is still what was read or opened.
    ///
    /// While others change the shard, this waits, or returns `false` without renaming it.
    func setAside(_ entry: any EntryReader, _ file: EntryFile, waits: Bool) throws(SystemError) -> Bool {
        _ = try writableTemporaries()
        guard let shard = try openShard(ShardName(file.key)) else { return true }
        guard try shard.lock(waits: waits) else { return false }
        let files = try shard.files(of: file.key)
        guard files.contains(file), try holds(file, entry) else { return true }
        let aside = EntryFile(file.key, file.fileExtension, isSetAside: true)
        let result = SystemCall.rename(file.name, in: shard.descriptor, to: aside.name, in: shard.descriptor)
        try SystemError.check(result)
        for earlier in files where earlier.isSetAside && earlier != aside {
            try shard.remove(earlier)
        }
        return true
    }

    /// Whether a file still is what was read or opened.
    func holds(_ file: EntryFile, _ entry: any EntryReader) throws(SystemError) -> Bool {
        guard let descriptor = try open(file, leavesAccessTime: true) else { return false }
        let status = try descriptor.status()
        guard let bytes = (entry as? EncodedEntry)?.bytes else {
            return (entry as? FileEntryReader)?.isOpen(on: status) ?? false
        }
        guard Int(status.byte_count) == bytes.count else { return false }
        return try descriptor.readBytes(bytes.count) == bytes
    }

    func writableTemporaries() throws(SystemError) -> TemporaryDirectories {
        guard let temporaries else { throw .readOnly }
        return temporaries
    }

    /// Opens a shard's directory, creating it if needed; `nil` if somebody removed it in between.
    func openOrMakeShard(_ name: ShardName) throws(SystemError) -> Shard? {
        if let shard = try openShard(name) { return shard }
        let first = ShardName.digits(name.first)
        guard try makeDirectory(first, in: root.rawValue), let parent = try openDirectory(first),
            try makeDirectory(ShardName.digits(name.second), in: parent.rawValue)
        else { return nil }
        return try openShard(name)
    }

    /// Creates a directory unless its name is taken.
    ///
    /// - Returns: Whether its parent was still there.
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
