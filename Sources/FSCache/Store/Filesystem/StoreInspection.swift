internal import CFileSystem
internal import Foundation

/// Checks the names, the places and the permissions of files, and repairs them.
struct StoreInspection {
    /// How many files and directories others may read although the settings don't say so.
    struct Readable {
        var files = 0
        var directories = 0
        var areRepaired = true
    }

    let store: StoreDirectory
    let repairs: Bool
    let isIntact: (EncodedEntry, CacheKey) -> Bool?
    var readable: Readable
    var findings: [VerificationFinding] = []

    init(
        _ store: StoreDirectory,
        repairs: Bool,
        readable: Readable,
        isIntact: @escaping (EncodedEntry, CacheKey) -> Bool?
    ) {
        self.store = store
        self.repairs = repairs
        self.readable = readable
        self.isIntact = isIntact
    }

    /// Adds a finding and repairs it.
    mutating func add(
        _ kind: VerificationFinding.Kind,
        _ path: String,
        _ message: String,
        key: CacheKey? = nil,
        repair: (() throws(SystemError) -> Bool)? = nil
    ) {
        var finding = VerificationFinding(kind, key: key, path: path, message: message)
        if repairs, let repair {
            do throws(SystemError) {
                finding.isRepaired = try repair()
            } catch {
                finding.message += " It can't be repaired: \(error)."
            }
        }
        findings.append(finding)
    }

    /// Inspects the files at the top, and the temporary ones.
    mutating func inspectTop() throws(SystemError) {
        try inspectPermissions(ofDirectory: ".", store.root.rawValue)
        guard let top = try store.openDirectory(".") else { return }
        let stream = try DirectoryStream(top)
        for name in try stream.sortedNames() {
            switch name {
            case StoreDirectory.layoutName, StoreDirectory.tagName, StoreDirectory.evictionsName:
                try inspectPermissions(ofFile: name, name, in: stream.descriptor)
            case TemporaryDirectories.name:
                try inspectTemporaries()
            default:
                if ShardName.byte(name) != nil, try isDirectory(name) { continue }
                try inspectOther(name, at: name, in: stream.descriptor)
            }
        }
    }

    /// Inspects a directory of the first level, with its shards.
    mutating func inspect(_ first: UInt8) throws(SystemError) {
        let path = ShardName.digits(first)
        // It may have been removed, or be a file.
        guard try isDirectory(path), let directory = try openDirectory(path) else { return }
        let stream = try DirectoryStream(directory)
        try inspectPermissions(ofDirectory: path, stream.descriptor)
        let names = try stream.sortedNames()
        for name in names {
            if let second = ShardName.byte(name), try isDirectory("\(path)/\(name)") {
                try inspect(ShardName(first: first, second: second))
            } else {
                try inspectOther(name, at: "\(path)/\(name)", in: stream.descriptor)
            }
        }
        if repairs, !names.isEmpty { store.removeIfEmpty(first) }
        if names.isEmpty {
            add(.stray, path, "The directory is empty.") { [store] () throws(SystemError) in
                store.removeIfEmpty(first)
                return true
            }
        }
    }

    private mutating func inspect(_ name: ShardName) throws(SystemError) {
        guard let directory = try openDirectory(name.path) else { return }
        let stream = try DirectoryStream(directory)
        try inspectPermissions(ofDirectory: name.path, stream.descriptor)
        let names = try stream.sortedNames()
        var keys: Set<CacheKey> = []
        var duplicates: Set<CacheKey> = []
        for fileName in names {
            let path = "\(name.path)/\(fileName)"
            guard let file = EntryFile(name: fileName), ShardName(file.key) == name,
                try store.isRegular(fileName, in: stream.descriptor)
            else {
                try inspectOther(fileName, at: path, in: stream.descriptor)
                continue
            }
            try inspectPermissions(ofFile: fileName, path, in: stream.descriptor)
            if !file.isSetAside, !keys.insert(file.key).inserted { duplicates.insert(file.key) }
        }
        for key in duplicates.sorted() {
            if try store.isDuplicate(key) { report(duplicate: key) }
        }
        if repairs, !names.isEmpty { store.removeIfEmpty(name) }
        if names.isEmpty {
            add(.stray, name.path, "The directory is empty.") { [store] () throws(SystemError) in
                store.removeIfEmpty(name)
                return true
            }
        }
    }

    /// Inspects a file whose name is not that of its place.
    private mutating func inspectOther(_ name: String, at path: String, in directory: CInt) throws(SystemError) {
        guard try store.exists(name, in: directory) else { return }
        let candidate: StoreDirectory.Candidate?
        let file = EntryFile(name: name).flatMap { $0.isSetAside ? nil : $0 }
        do throws(SystemError) {
            candidate =
                try file.map { file throws(SystemError) in try store.candidate(file, name, in: directory) } ?? nil
        } catch {
            return add(.unreadable, path, "It has the name of an entry: \(error).", key: file?.key)
        }
        guard let file, let candidate, isIntact(candidate.entry, file.key) == true else {
            return add(.foreign, path, "It doesn't belong to the cache.")
        }
        let message = "Reads look for the entry in \(file.path)."
        add(.misplaced, path, message, key: file.key) { [store, isIntact] () throws(SystemError) in
            try store.refile(candidate, isIntact: isIntact)
        }
    }

    private mutating func report(duplicate key: CacheKey) {
        let message = "The key has several entries, and reads find any one of them."
        add(.duplicate, ShardName(key).path, message, key: key) { [store, isIntact] () throws(SystemError) in
            try store.keepNewest(of: key, isIntact: isIntact)
        }
    }

    private mutating func inspectTemporaries() throws(SystemError) {
        let name = TemporaryDirectories.name
        guard try isDirectory(name) else {
            if try store.exists(name, in: store.root.rawValue) { add(.foreign, name, "It is not a directory.") }
            return
        }
        guard let directory = try openDirectory(name) else { return }
        let stream = try DirectoryStream(directory)
        try inspectPermissions(ofDirectory: name, stream.descriptor)
        // The first repair removes all of them.
        var strays: [String] = []
        for child in try stream.sortedNames() {
            let path = "\(name)/\(child)"
            if let number = TemporaryDirectories.number(child), try isDirectory(path) {
                strays += try inspectTemporaries(number, path)
            } else {
                switch try store.isStray(mark: child, in: stream.descriptor) {
                case true?: strays.append(path)
                case nil: add(.foreign, path, "It doesn't belong to the cache.")
                case false?: break
                }
            }
        }
        for path in strays {
            add(.stray, path, "Its writer has died.") { [store] () throws(SystemError) in
                if try store.exists(path, in: store.root.rawValue) { try store.sweep() }
                return try !store.exists(path, in: store.root.rawValue)
            }
        }
    }

    /// - Returns: The files of a dead writer.
    private mutating func inspectTemporaries(_ number: Int64, _ path: String) throws(SystemError) -> [String] {
        guard let directory = try openDirectory(path) else { return [] }
        let stream = try DirectoryStream(directory)
        try inspectPermissions(ofDirectory: path, stream.descriptor)
        let isLeft = TemporaryDirectories.isLeft(number, in: store.root)
        var strays: [String] = []
        for name in try stream.sortedNames() {
            let isTemporary = TemporaryFile.isName(name)
            if isTemporary, !isLeft { continue }
            if isTemporary, try store.isRegular(name, in: stream.descriptor) {
                strays.append("\(path)/\(name)")
            } else if try store.exists(name, in: stream.descriptor) {
                add(.foreign, "\(path)/\(name)", "It doesn't belong to the cache.")
            }
        }
        return strays
    }

    private func isDirectory(_ path: String) throws(SystemError) -> Bool {
        var status = cfs_status()
        let root = store.root.rawValue
        let result = SystemCall.status(of: path, in: root, followingLinks: store.followsLinks, &status)
        if result == -ENOENT || result == -ELOOP { return false }
        try SystemError.check(result)
        return status.is_directory != 0
    }

    /// Opens a directory; `nil` if it has been removed, or can't be read.
    private mutating func openDirectory(_ path: String) throws(SystemError) -> FileDescriptor? {
        do throws(SystemError) {
            return try store.openDirectory(path)
        } catch let error where error.number == EACCES {
            add(.unreadable, path, "\(error).")
            return nil
        }
    }
}

// MARK: - Permissions

extension StoreInspection {
    private mutating func inspectPermissions(ofFile name: String, _ path: String, in directory: CInt)
        throws(SystemError)
    {
        var status = cfs_status()
        let result = SystemCall.status(of: name, in: directory, followingLinks: store.followsLinks, &status)
        if result == -ENOENT || result == -ELOOP { return }
        try SystemError.check(result)
        guard status.is_regular != 0 else { return }
        inspectPermissions(of: path, status) { permissions throws(SystemError) in
            let opened = SystemCall.open(name, in: directory, O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
            if opened == -ENOENT { return true }
            let file = try FileDescriptor(opened: opened)
            guard try file.status().inode == status.inode else { return true }
            try SystemError.check(cfs_set_permissions(file.rawValue, permissions))
            return true
        }
    }

    private mutating func inspectPermissions(ofDirectory path: String, _ descriptor: CInt) throws(SystemError) {
        var status = cfs_status()
        try SystemError.check(unsafe cfs_status(descriptor, &status))
        inspectPermissions(of: path, status) { permissions throws(SystemError) in
            try SystemError.check(cfs_set_permissions(descriptor, permissions))
            return true
        }
    }

    private mutating func inspectPermissions(
        of path: String,
        _ status: cfs_status,
        restore: @escaping (_ permissions: UInt32) throws(SystemError) -> Bool
    ) {
        let isDirectory = status.is_directory != 0
        let allowed = isDirectory ? store.settings.directoryPermissions : store.settings.filePermissions
        let excess = status.permissions & ~allowed.rawValue & (isDirectory ? 0o077 : 0o066)
        guard excess != 0 else { return }
        let restored = status.permissions & ~excess
        guard excess & 0o022 == 0 else {
            let (current, rest) = (String(status.permissions, radix: 8), String(restored, radix: 8))
            return add(.writable, path, "Others may write it: its permissions are \(current) instead of \(rest).") {
                () throws(SystemError) in try restore(restored)
            }
        }
        if isDirectory { readable.directories += 1 } else { readable.files += 1 }
        if !repairs || (try? restore(restored)) != true { readable.areRepaired = false }
    }

    /// Adds one note about all that others may read.
    mutating func reportReadable() {
        guard readable.files + readable.directories > 0 else { return }
        let settings = store.settings
        let permissions = [settings.filePermissions, settings.directoryPermissions].map {
            String($0.rawValue, radix: 8)
        }
        findings.append(
            VerificationFinding(
                .readable,
                message:
                    "Others may read \(readable.files) files and \(readable.directories) directories, whose permissions are "
                    + "wider than \(permissions[0]) and \(permissions[1]).",
                isRepaired: readable.areRepaired
            )
        )
    }
}

extension DirectoryStream {
    fileprivate func sortedNames() throws(SystemError) -> [String] {
        var names: [String] = []
        try forEachName { name in
            names.append(name)
            return true
        }
        return names.sorted()
    }
}
