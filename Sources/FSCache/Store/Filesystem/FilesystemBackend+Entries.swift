internal import CFileSystem
internal import Foundation

extension FilesystemBackend {
    /// Reads an entry, of whichever format: one open, one fstat, one read and one close when it has the preferred
    /// extension.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The entry, or `nil` when there is none.
    /// - Throws: ``FSCacheError/Code/storeFailed`` when something else than a file lies in the entry's place, or it
    ///   can't be read; ``FSCacheError/Code/closed``.
    public func read(_ key: CacheKey) async throws -> EncodedEntry? {
        switch try readInline(key) {
        case .entry(let entry, _): return entry
        case .missing: return nil
        case .large:
            return try await BlockingWork.run { [self] in
                let result = try perform("read", key) { store throws(SystemError) in
                    try store.read(key, upTo: .max)
                }
                return if case .entry(let entry, _) = result { entry } else { nil }
            }
        }
    }

    func readInline(_ key: CacheKey) throws -> InlineRead {
        try perform("read", key) { store throws(SystemError) in try store.read(key, upTo: Self.inlineByteCount) }
    }

    func identity(of key: CacheKey) -> EntryIdentity? {
        (try? openStore())?.identity(of: key)
    }

    /// Writes an entry to a temporary file and renames it into its place; then removes the key's file of another
    /// format, if there is one.
    ///
    /// - Parameters:
    ///   - entry: The bytes and their format.
    ///   - key: The entry's key.
    /// - Throws: ``FSCacheError/Code/storeFailed`` when the entry can't be written: the disk is full, a directory lies
    ///   in its place, the backend is read-only; ``FSCacheError/Code/invalidSetting`` when its file extension can't be
    ///   part of a file name; ``FSCacheError/Code/closed``.
    public func write(_ entry: EncodedEntry, for key: CacheKey) async throws {
        let file = try EntryFile(key, Self.checked(entry.fileExtension))
        let isQuick = entry.bytes.count <= Self.inlineByteCount && !settings.synchronizes
        try await perform("write", key, inline: isQuick) { store, waits throws(SystemError) in
            try store.write(entry.bytes, as: file, waits: waits) ? () : nil
        }
    }

    /// Opens an entry's file, to be read piece by piece.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The entry, or `nil` when there is none.
    /// - Throws: ``FSCacheError/Code/storeFailed`` when something else than a file lies in the entry's place, or it
    ///   can't be opened; ``FSCacheError/Code/closed``.
    public func open(_ key: CacheKey) async throws -> (any EntryReader)? {
        try perform("read", key) { store throws(SystemError) in try store.openReader(key) }
    }

    /// Creates a temporary file that becomes the entry once it is whole.
    ///
    /// - Parameters:
    ///   - key: The entry's key.
    ///   - fileExtension: The serializer's file extension.
    /// - Returns: What takes the bytes.
    /// - Throws: As ``write(_:for:)``.
    public func makeWriter(for key: CacheKey, fileExtension: String) async throws -> any EntryWriter {
        let file = try EntryFile(key, Self.checked(fileExtension))
        return try perform("write", key) { store throws(SystemError) in
            FileEntryWriter(try store.makeTemporary(), as: file, in: store)
        }
    }

    /// Removes an entry, and its shard's directory when that becomes empty.
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

    /// Renames an entry's file to end in `.invalid`, where it can be inspected.
    ///
    /// - Parameters:
    ///   - entry: What was read and could not be decoded. If the file no longer holds it, nothing happens.
    ///   - key: The entry's key.
    /// - Throws: ``FSCacheError/Code/storeFailed`` when it can't be renamed; ``FSCacheError/Code/closed``.
    public func setAside(_ entry: EncodedEntry, for key: CacheKey) async throws {
        let file = try EntryFile(key, Self.checked(entry.fileExtension))
        let isQuick = entry.bytes.count <= Self.inlineByteCount
        try await perform("set aside", key, inline: isQuick) { store, waits throws(SystemError) in
            try store.setAside(entry, file, waits: waits) ? () : nil
        }
    }

    /// Removes every entry, the directories that become empty, and what dead writers have left.
    ///
    /// Foreign files stay, and the directories that hold them.
    ///
    /// - Throws: ``FSCacheError/Code/storeFailed`` when an entry can't be removed; ``FSCacheError/Code/closed``.
    public func removeAll() async throws {
        try await BlockingWork.run { [self] in
            try perform("remove", nil) { store throws(SystemError) in try store.removeAll() }
        }
    }

    /// Removes what writers that have died left half done.
    ///
    /// The same happens when a directory is opened.
    ///
    /// - Throws: ``FSCacheError/Code/storeFailed`` when the directory can't be read; ``FSCacheError/Code/closed``.
    public func sweep() async throws {
        try await BlockingWork.run { [self] in
            try perform("sweep", nil) { store throws(SystemError) in try store.sweep() }
        }
    }
}

extension FilesystemBackend {
    /// Runs a call where the caller is, if it is quick, and again on another thread when it turns out that it has to
    /// wait.
    ///
    /// The call gives `nil` when it did nothing because it may not wait.
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

    /// Runs a call on the store and says what failed.
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
        // Somebody has removed the directory of the temporaries, or all of the cache.
        let anew = try reopenStore(after: store)
        do throws(SystemError) {
            return try work(anew)
        } catch {
            throw failure(verb, key, error)
        }
    }

    private func failure(_ verb: String, _ key: CacheKey?, _ error: SystemError) -> FSCacheError {
        let object = key.map { "the entry \($0) in \(rootPath)" } ?? "the entries in \(rootPath)"
        return FSCacheError(.storeFailed, "Can't \(verb) \(object): \(error).", underlyingError: error.posixError)
    }
}
