internal import CFileSystem
internal import Dispatch
public import Foundation

extension FilesystemBackend {
    /// Reads an entry in any format.
    ///
    /// With the preferred extension, this takes one open, one fstat, one read and one close.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The entry, or `nil` when there is none.
    /// - Throws: ``FSCacheError/Code/storeFailed`` when the entry is not a file or can't be read;
    ///   ``FSCacheError/Code/closed``.
    public func read(_ key: CacheKey) async throws -> EncodedEntry? {
        let isUse = !Maintenance.isUnderWay
        switch try readNow(key, isUse: isUse) {
        case .entry(let entry, _): return entry
        case .missing: return nil
        case .later:
            return try await BlockingWork.run { [self] in
                let result = try perform("read", key) { store throws(SystemError) in
                    let result = try store.read(key, upTo: EncodedEntry.wholeByteLimit, isUse: isUse)
                    if case .later = result { throw .tooLarge }
                    return result
                }
                return if case .entry(let entry, _) = result { entry } else { nil }
            }
        }
    }

    /// Reads an entry of up to 256 KiB on the calling thread.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The entry, if it is small. It has an identity if it has the preferred extension.
    /// - Throws: The same errors as ``read(_:)``.
    public func readNow(_ key: CacheKey) throws -> ImmediateRead {
        // Without limits, nothing is marked, and a hit needn't look whether it is one.
        try readNow(key, isUse: evictor == nil || !Maintenance.isUnderWay)
    }

    private func readNow(_ key: CacheKey, isUse: Bool) throws -> ImmediateRead {
        let begun = cfs_monotonic_nanoseconds()
        guard pace.begin(at: begun) else { return .later }
        defer { pace.end(begun, at: cfs_monotonic_nanoseconds()) }
        func read() throws(FSCacheError) -> ImmediateRead {
            try perform("read", key) { store throws(SystemError) in
                try store.read(key, upTo: Self.inlineByteCount, isUse: isUse)
            }
        }
        let result = try read()
        guard case .missing = result, try reopenIfReplaced() else { return result }
        return try read()
    }

    /// Identifies an entry by its file's inode, size and times.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The identity, or `nil` if there is no file with the preferred extension, or if the file must be read to
    ///   mark its use.
    public func identity(of key: CacheKey) -> EntryIdentity? {
        (try? openStore())?.identity(of: key)
    }

    /// Writes an entry to a temporary file, renames it to its place, and removes the key's file of another format.
    ///
    /// If the directory has outgrown its ``limits`` by more than two percent, this waits until some entries are evicted.
    ///
    /// - Parameters:
    ///   - entry: The bytes and their format. If they are larger than the limits, nothing is stored under the key.
    ///   - key: The entry's key.
    /// - Throws: ``FSCacheError/Code/storeFailed`` when the entry can't be written, for example because the disk is full,
    ///   a directory has its name, or the backend is read-only; ``FSCacheError/Code/invalidSetting`` when its file
    ///   extension can't be part of a file name; ``FSCacheError/Code/closed``.
    public func write(_ entry: EncodedEntry, for key: CacheKey) async throws {
        let file = try EntryFile(key, Self.checked(entry.fileExtension))
        guard limits.admits(entry.bytes.count) else {
            try await remove(key)
            return
        }
        let isQuick = entry.bytes.count <= Self.inlineByteCount && !settings.synchronizes
        try await perform("write", key, inline: isQuick) { store, waits throws(SystemError) in
            try store.write(entry.bytes, as: file, waits: waits) == .busy ? nil : ()
        }
        await makeRoom()
    }

    /// Opens an entry's file.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The entry, or `nil` if there is none.
    /// - Throws: ``FSCacheError/Code/storeFailed`` when the entry is not a file or can't be opened;
    ///   ``FSCacheError/Code/closed``.
    public func open(_ key: CacheKey) async throws -> (any EntryReader)? {
        let isUse = !Maintenance.isUnderWay
        return try await pace.run {
            func open() throws(FSCacheError) -> (any EntryReader)? {
                try self.perform("read", key) { store throws(SystemError) in
                    try store.openReader(key, pace: self.pace, isUse: isUse)
                }
            }
            if let reader = try open() { return reader }
            return try self.reopenIfReplaced() ? open() : nil
        }
    }

    /// Creates a temporary file that becomes the entry when it is committed.
    ///
    /// - Parameters:
    ///   - key: The entry's key.
    ///   - fileExtension: The serializer's file extension.
    ///   - expires: Has no effect: files stay until they are removed.
    /// - Returns: A writer for the entry's bytes.
    /// - Throws: The same errors as ``write(_:for:)``.
    public func makeWriter(
        for key: CacheKey,
        fileExtension: String,
        expires: Date?
    ) async throws -> any EntryWriter {
        let file = try EntryFile(key, Self.checked(fileExtension))
        return try perform("write", key) { store throws(SystemError) in
            FileEntryWriter(try store.writableTemporaries().makeFile(), as: file, in: store) { [self] in
                await makeRoom()
            }
        }
    }

    /// Removes an entry, and the shard's directory if it becomes empty.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: Whether there was one.
    /// - Throws: ``FSCacheError/Code/storeFailed`` when it can't be removed; ``FSCacheError/Code/closed``.
    @discardableResult
    public func remove(_ key: CacheKey) async throws -> Bool {
        try await perform("remove", key, inline: true) { store, waits throws(SystemError) in
            try store.remove(key, waits: waits)
        }
    }

    /// Replaces or removes an entry, unless its file has changed.
    ///
    /// - Parameters:
    ///   - old: The entry as it was read or opened; `nil` if there was none.
    ///   - new: The new entry; `nil` to remove the old one.
    ///   - key: The entry's key.
    /// - Returns: Whether the key still had the old entry.
    /// - Throws: The same errors as ``write(_:for:)``.
    public func replace(_ old: (any EntryReader)?, with new: EncodedEntry?, for key: CacheKey) async throws -> Bool {
        let oldFile = try old.map { try EntryFile(key, Self.checked($0.fileExtension)) }
        let new = new.flatMap { limits.admits($0.bytes.count) ? $0 : nil }
        let newFile = try new.map { try EntryFile(key, Self.checked($0.fileExtension)) }
        let isReplaced = try await BlockingWork.run { [self] in
            try perform("replace", key) { store throws(SystemError) in
                func isUnchanged() throws(SystemError) -> Bool {
                    guard let old, let oldFile else { return true }
                    return try store.holds(oldFile, old)
                }
                guard let new, let newFile else {
                    return try store.remove(oldFile, of: key) { files throws(SystemError) in
                        oldFile.map(files.contains) ?? files.isEmpty ? try isUnchanged() : false
                    }
                }
                return try store.write(
                    new.bytes,
                    as: newFile,
                    if: { files throws(SystemError) in
                        // It would also replace other files of the key.
                        files == (oldFile.map { [$0] } ?? []) ? try isUnchanged() : false
                    },
                    waits: true
                ) == .placed
            }
        }
        if isReplaced { await makeRoom() }
        return isReplaced
    }

    /// Renames an entry's file to end in `.invalid`, where it can be inspected.
    ///
    /// - Parameters:
    ///   - entry: The entry that could not be decoded. If the file no longer holds it, nothing happens.
    ///   - key: The entry's key.
    /// - Throws: ``FSCacheError/Code/storeFailed`` when it can't be renamed; ``FSCacheError/Code/closed``.
    public func setAside(_ entry: any EntryReader, for key: CacheKey) async throws {
        let file = try EntryFile(key, Self.checked(entry.fileExtension))
        let isQuick = entry.byteCount <= Self.inlineByteCount
        try await perform("set aside", key, inline: isQuick) { store, waits throws(SystemError) in
            try store.setAside(entry, file, waits: waits) ? () : nil
        }
    }

    /// Removes every entry, the directories that become empty, and the temporary files of dead writers.
    ///
    /// Foreign files and their directories stay.
    ///
    /// - Throws: ``FSCacheError/Code/storeFailed`` when an entry can't be removed; ``FSCacheError/Code/closed``.
    public func removeAll() async throws {
        try await BlockingWork.run { [self] in
            try perform("remove", nil) { store throws(SystemError) in try store.removeAll() }
        }
    }

    /// Removes the temporary files of dead writers, which opening a directory does too, and evicts entries until the
    /// directory is within its ``limits``.
    ///
    /// - Throws: ``FSCacheError/Code/storeFailed`` when the directory can't be read; ``FSCacheError/Code/closed``.
    public func sweep() async throws {
        try await BlockingWork.run { [self] in
            try perform("sweep", nil) { store throws(SystemError) in
                try store.sweep()
                try evictor?.reduce(store)
            }
        }
    }
}

extension FilesystemBackend {
    /// Runs quick work on the calling thread, and all other work on another thread.
    ///
    /// Quick work returns `nil` without doing anything if it would have to wait; then it runs on another thread too.
    private func perform<Value: Sendable>(
        _ verb: String,
        _ key: CacheKey,
        inline isQuick: Bool,
        _ work: @escaping @Sendable (_ store: StoreDirectory, _ waits: Bool) throws(SystemError) -> Value?
    ) async throws -> Value {
        if isQuick {
            let value = try perform(verb, key) { store throws(SystemError) in try work(store, false) }
            if let value { return value }
        }
        return try await BlockingWork.run { [self] in
            try perform(verb, key) { store throws(SystemError) in
                guard let value = try work(store, true) else { throw .locked }
                return value
            }
        }
    }

    /// Runs work on the store and converts its errors.
    func perform<Value>(
        _ verb: String,
        _ key: CacheKey?,
        _ work: (StoreDirectory) throws(SystemError) -> Value
    ) throws(FSCacheError) -> Value {
        let store = try openStore()
        do throws(SystemError) {
            return try work(store)
        } catch let error where error.number != ENOENT {
            throw failure(verb, key, error)
        } catch {}
        // Somebody has removed the temporary directory, or the whole cache.
        let anew = try reopenStore(after: store)
        do throws(SystemError) {
            return try work(anew)
        } catch {
            throw failure(verb, key, error)
        }
    }

    private func failure(_ verb: String, _ key: CacheKey?, _ error: SystemError) -> FSCacheError {
        let object = key.map { "the entry \($0) in \(rootPath)" } ?? "the entries in \(rootPath)"
        let link = error.mayBeLink ? key.flatMap(linkedPath) : nil
        let reason = link.map { "\($0) is a symbolic link, which only a read-only cache follows" } ?? "\(error)"
        return FSCacheError(.storeFailed, "Can't \(verb) \(object): \(reason).", underlyingError: error.posixError)
    }

    /// The first symbolic link on the path of an entry.
    private func linkedPath(of key: CacheKey) -> String? {
        let files = FileManager.default
        let shard = ShardName(key)
        let folder = "\(rootPath)/\(shard.path)"
        let names = (try? files.contentsOfDirectory(atPath: folder)) ?? []
        let paths =
            ["\(rootPath)/\(ShardName.digits(shard.first))", folder]
            + names.filter { $0.hasPrefix(key.description) }.map { "\(folder)/\($0)" }
        return paths.first { (try? files.destinationOfSymbolicLink(atPath: $0)) != nil }
    }
}
