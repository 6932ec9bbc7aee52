internal import CFileSystem
internal import Foundation

extension StoreDirectory {
    /// An entry's file in a place where reads don't look for it.
    struct Candidate {
        var file: EntryFile
        var name: String
        var directory: CInt
        var status: cfs_status
        var entry: EncodedEntry
    }

    /// Reads a file that may be an entry in another place; `nil` if it is gone, or not a regular file.
    func candidate(_ file: EntryFile, _ name: String, in directory: CInt) throws(SystemError) -> Candidate? {
        guard try isRegular(name, in: directory) else { return nil }
        let flags = O_RDONLY | O_NONBLOCK | CFS_LEAVE_ACCESS_TIME | (followsLinks ? 0 : O_NOFOLLOW)
        let opened = SystemCall.open(name, in: directory, flags)
        if opened == -ENOENT || opened == -ELOOP { return nil }
        let descriptor = try FileDescriptor(opened: opened)
        let status = try descriptor.status()
        guard status.is_regular != 0 else { return nil }
        guard status.byte_count <= EncodedEntry.wholeByteLimit else { throw .tooLarge }
        let bytes = try descriptor.readBytes(Int(status.byte_count))
        let entry = EncodedEntry(bytes: bytes, fileExtension: file.fileExtension.text)
        return Candidate(file: file, name: name, directory: directory, status: status, entry: entry)
    }

    /// Whether a name is still there.
    func exists(_ name: String, in directory: CInt) throws(SystemError) -> Bool {
        var status = cfs_status()
        let result = SystemCall.status(of: name, in: directory, &status)
        if result == -ENOENT { return false }
        try SystemError.check(result)
        return true
    }

    func isRegular(_ name: String, in directory: CInt) throws(SystemError) -> Bool {
        var status = cfs_status()
        let result = SystemCall.status(of: name, in: directory, followingLinks: followsLinks, &status)
        if result == -ENOENT || result == -ELOOP { return false }
        try SystemError.check(result)
        return status.is_regular != 0
    }

    /// Whether a mark of a replacement was left by a dead writer; `nil` if the file is no mark, so it is foreign.
    func isStray(mark name: String, in directory: CInt) throws(SystemError) -> Bool? {
        guard try exists(name, in: directory) else { return false }
        guard let key = Self.replacedKey(name), try isRegular(name, in: directory) else { return nil }
        guard let shard = try openShard(ShardName(key)) else { return true }
        return try shard.lock(waits: false)
    }

    /// Whether a key has several entries that no writer is replacing.
    ///
    /// The next sweep removes those that a dead writer was about to replace.
    func isDuplicate(_ key: CacheKey) throws(SystemError) -> Bool {
        guard let shard = try openShard(ShardName(key)), try shard.lock(waits: true) else { return false }
        return try shard.files(of: key) { !$0.isSetAside }.count > 1 && !isBeingReplaced(key)
    }

    /// Moves an intact entry to its place.
    ///
    /// If its place has an intact entry that is not older, the moved one is set aside there. Otherwise it replaces the
    /// entries in its place, which are set aside.
    ///
    /// - Returns: Whether it was moved; `false` if somebody has changed or moved it, or if its place has an entry in an
    ///   unknown format.
    func refile(_ candidate: Candidate, isIntact: (EncodedEntry, CacheKey) -> Bool?) throws(SystemError) -> Bool {
        _ = try writableTemporaries()
        let file = candidate.file
        // Try again if somebody has removed the shard because it was empty.
        for _ in 0..<64 {
            guard let shard = try openOrMakeShard(ShardName(file.key)) else { continue }
            _ = try shard.lock(waits: true, seconds: Shard.maintenanceSeconds)
            var current = cfs_status()
            let result = SystemCall.status(of: candidate.name, in: candidate.directory, &current)
            guard result == 0, EntryIdentity(current) == EntryIdentity(candidate.status) else {
                removeIfEmpty(ShardName(file.key))
                return false
            }
            let rivals = try ranked(file.key, in: shard)
            var isOlder = false
            for rival in rivals {
                guard let entry = try entry(rival.file, in: shard) else { continue }
                guard let isRivalIntact = isIntact(entry, file.key) else { return false }
                if isRivalIntact, rival.time >= candidate.status.time { isOlder = true }
            }
            var place = file
            place.isSetAside = isOlder
            if isOlder {
                try removeSetAside(of: file.key, except: place, in: shard)
            } else {
                for rival in rivals { try setAside(rival.file, in: shard) }
            }
            let renamed = SystemCall.rename(
                candidate.name,
                in: candidate.directory,
                to: place.name,
                in: shard.descriptor
            )
            if renamed == -ENOENT { continue }
            try SystemError.check(renamed)
            return true
        }
        throw SystemError(EBUSY, "its directory has been removed again and again")
    }

    /// Sets all entries of a key aside but the newest intact one.
    ///
    /// - Returns: Whether the key has one entry now; `false` if one of them is in an unknown format.
    func keepNewest(of key: CacheKey, isIntact: (EncodedEntry, CacheKey) -> Bool?) throws(SystemError) -> Bool {
        _ = try writableTemporaries()
        guard let shard = try openShard(ShardName(key)) else { return true }
        _ = try shard.lock(waits: true, seconds: Shard.maintenanceSeconds)
        let entries = try ranked(key, in: shard)
        var kept = entries.first?.file
        var isFound = false
        for candidate in entries {
            guard let entry = try entry(candidate.file, in: shard) else { continue }
            guard let isCandidateIntact = isIntact(entry, key) else { return false }
            if isCandidateIntact, !isFound { (kept, isFound) = (candidate.file, true) }
        }
        // The oldest one first, so that the newest one of them stays.
        for other in entries.reversed() where other.file != kept { try setAside(other.file, in: shard) }
        return true
    }

    /// The entries of a key that are not set aside, the newest first.
    private func ranked(
        _ key: CacheKey,
        in shard: borrowing Shard
    ) throws(SystemError) -> [(file: EntryFile, time: Int64)] {
        var entries: [(file: EntryFile, time: Int64)] = []
        for file in try shard.files(of: key) where !file.isSetAside {
            if let status = try shard.status(of: file.name) { entries.append((file, status.time)) }
        }
        return entries.sorted { ($0.time, $1.file.name) > ($1.time, $0.file.name) }
    }

    private func entry(_ file: EntryFile, in shard: borrowing Shard) throws(SystemError) -> EncodedEntry? {
        try candidate(file, file.name, in: shard.descriptor)?.entry
    }

    private func setAside(_ file: EntryFile, in shard: borrowing Shard) throws(SystemError) {
        let aside = EntryFile(file.key, file.fileExtension, isSetAside: true)
        try SystemError.check(
            SystemCall.rename(file.name, in: shard.descriptor, to: aside.name, in: shard.descriptor)
        )
        try removeSetAside(of: file.key, except: aside, in: shard)
    }

    private func removeSetAside(
        of key: CacheKey,
        except kept: EntryFile,
        in shard: borrowing Shard
    ) throws(SystemError) {
        for file in try shard.files(of: key) where file.isSetAside && file != kept { try shard.remove(file) }
    }
}

extension cfs_status {
    /// When the file was last modified, in nanoseconds.
    fileprivate var time: Int64 { modified_seconds * 1_000_000_000 + Int64(modified_nanoseconds) }
}
