internal import CFileSystem
internal import Foundation

extension StoreDirectory: EvictableStore {
    /// The files of all entries in parts of the store, including those that were set aside.
    package func entries(in parts: Range<Int>) throws(SystemError) -> [EvictableEntry] {
        guard let first = parts.first else { return [] }
        let directory = UInt8(first >> 4)
        var entries: [EvictableEntry] = []
        for second in try directories(below: directory) where parts.contains(Int(directory) << 4 | Int(second >> 4)) {
            for (file, status) in try files(in: ShardName(first: directory, second: second)) {
                entries.append(EvictableEntry(file, status))
            }
        }
        return entries
    }

    /// Removes a file, unless it has been replaced or used since it was looked at, or others are changing its shard.
    package func evict(_ entry: EvictableEntry) throws(SystemError) -> Bool {
        _ = try writableTemporaries()
        let name = ShardName(entry.file.key)
        guard let shard = try openShard(name), try shard.lock(waits: false) else { return false }
        guard let status = try shard.status(of: entry.file.name),
            status.inode == entry.fileNumber, status.lastUse <= entry.lastUse
        else { return false }
        // The evictor notes the change itself.
        guard SystemCall.removeFile(entry.file.name, in: shard.descriptor) == 0 else { return false }
        removeIfEmpty(name)
        return true
    }

    /// How many entries all processes have evicted; zero if nobody has counted.
    func evictionCount() throws(SystemError) -> Int {
        let flags = O_RDONLY | O_NONBLOCK | (followsLinks ? 0 : O_NOFOLLOW)
        let opened = SystemCall.open(Self.evictionsName, in: root.rawValue, flags)
        if opened == -ENOENT { return 0 }
        return try FileDescriptor(opened: opened).readCount()
    }

    /// Adds to the number of entries that all processes have evicted.
    ///
    /// The file has one number in decimal digits, which never become fewer.
    ///
    /// - Returns: Whether it was added; `false` while another process changes the number, or if it can't be written.
    package func addEvictions(_ count: Int) -> Bool {
        do throws(SystemError) {
            let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK
            let opened = SystemCall.open(
                Self.evictionsName,
                in: root.rawValue,
                flags,
                settings.filePermissions.rawValue
            )
            let file = try FileDescriptor(opened: opened)
            guard cfs_try_lock(file.rawValue) != -EAGAIN, try file.status().is_regular != 0 else { return false }
            let text = "\(try file.readCount().clampedSum(with: count))\n"
            try SystemError.check(unsafe cfs_write_at(file.rawValue, text, text.utf8.count, 0))
            return true
        } catch {
            return false
        }
    }

    /// How writing a file as an entry changes the size of the store.
    ///
    /// The shard must be locked.
    func change(
        by temporary: borrowing TemporaryFile,
        as file: EntryFile,
        in shard: borrowing Shard
    ) throws(SystemError) -> StoreAmount {
        try temporary.status().amount - (shard.status(of: file.name)?.amount ?? StoreAmount())
    }

    /// Whether a hit has to mark a file as used.
    func isMarkDue(_ status: cfs_status) -> Bool {
        guard let evictor else { return false }
        return evictor.isMarkDue(lastUse: status.lastUse, at: evictor.currentTime)
    }

    /// Marks a file as used, if that is due.
    ///
    /// A failure is ignored: the file of another user can't be marked.
    ///
    /// - Returns: Whether it was marked.
    func markUse(of file: borrowing FileDescriptor, _ status: cfs_status) -> Bool {
        guard let evictor, isMarkDue(status) else { return false }
        let time = evictor.currentTime.timeIntervalSince1970
        let seconds = time.rounded(.down)
        return cfs_set_access_time(file.rawValue, Int64(seconds), Int32((time - seconds) * 1e9)) == 0
    }
}

extension FileDescriptor {
    /// The number that the file has; zero if it has none.
    fileprivate borrowing func readCount() throws(SystemError) -> Int {
        let text = try String(decoding: readBytes(32, at: 0), as: UTF8.self)
        return Int(text.prefix { $0 != "\n" }).map { max(0, $0) } ?? 0
    }
}

extension EvictableEntry {
    fileprivate init(_ file: EntryFile, _ status: cfs_status) {
        self.init(
            file: file,
            fileNumber: status.inode,
            byteCount: Int(status.allocated_byte_count),
            lastUse: status.lastUse
        )
    }
}

extension cfs_status {
    /// The time of the last access or of the last change of the content.
    ///
    /// On most systems, reading a file doesn't update the time of access, so a hit sets it. Editing a file is a use, too.
    var lastUse: Date {
        func time(_ seconds: Int64, _ nanoseconds: Int32) -> Double { Double(seconds) + Double(nanoseconds) / 1e9 }
        return Date(
            timeIntervalSince1970: max(
                time(accessed_seconds, accessed_nanoseconds),
                time(modified_seconds, modified_nanoseconds)
            )
        )
    }

    /// How much of the limits the file uses.
    var amount: StoreAmount { StoreAmount(bytes: Double(allocated_byte_count), entries: 1) }
}
