internal import CFileSystem
internal import Foundation
internal import Serializers

/// A file that is being written, and that is removed unless it is renamed.
struct TemporaryFile: ~Copyable {
    private static let suffix = ".partial"

    private let directory: TemporaryDirectory
    private let descriptor: FileDescriptor
    private let name: String
    private var isInPlace = false
    /// How many bytes have been written.
    private(set) var byteCount = 0

    private init(_ descriptor: consuming FileDescriptor, name: String, in directory: TemporaryDirectory) {
        self.directory = directory
        self.descriptor = descriptor
        self.name = name
    }

    /// Creates a file with an unused name.
    static func create(
        in directory: TemporaryDirectory,
        permissions: Permissions
    ) throws(SystemError) -> TemporaryFile {
        while true {
            let name = String(UInt64.random(in: .min ... .max), radix: 16) + suffix
            let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW
            let opened = SystemCall.open(name, in: directory.rawValue, flags, permissions.rawValue)
            if opened == -EEXIST { continue }
            let file = TemporaryFile(try FileDescriptor(opened: opened), name: name, in: directory)
            try permissions.apply(to: file.descriptor.rawValue)
            return file
        }
    }

    deinit {
        guard !isInPlace else { return }
        _ = SystemCall.removeFile(name, in: directory.rawValue)
    }

    mutating func write(_ bytes: Data) throws(SystemError) {
        let result = unsafe bytes.withUnsafeBytes { bytes in
            guard let address = bytes.baseAddress else { return CInt(0) }
            return unsafe cfs_write(descriptor.rawValue, address, bytes.count)
        }
        try SystemError.check(result)
        byteCount += bytes.count
    }

    /// Replaces bytes.
    func overwrite(at offset: Int, with bytes: Data) throws(SystemError) {
        let result = unsafe bytes.withUnsafeBytes { bytes in
            guard let address = bytes.baseAddress else { return CInt(0) }
            return unsafe cfs_write_at(descriptor.rawValue, address, bytes.count, Int64(offset))
        }
        try SystemError.check(result)
    }

    func read(from offset: Int, upTo count: Int) throws(SystemError) -> Data {
        try descriptor.readBytes(count, at: offset)
    }

    /// Whether the file still has its temporary name.
    func isThere() throws(SystemError) -> Bool {
        var status = cfs_status()
        let result = SystemCall.status(of: name, in: directory.rawValue, &status)
        if result == -ENOENT { return false }
        try SystemError.check(result)
        return true
    }

    func status() throws(SystemError) -> cfs_status {
        try descriptor.status()
    }

    func synchronize() throws(SystemError) {
        try SystemError.check(cfs_synchronize(descriptor.rawValue))
    }

    /// Renames the file to the entry's name and replaces the previous one.
    ///
    /// - Returns: Whether the file and the new directory were still there.
    mutating func rename(to newName: String, in newDirectory: CInt) throws(SystemError) -> Bool {
        let result = SystemCall.rename(name, in: directory.rawValue, to: newName, in: newDirectory)
        if result == -ENOENT { return false }
        try SystemError.check(result)
        isInPlace = true
        return true
    }

    /// Whether a name is that of a temporary file.
    static func isName(_ name: String) -> Bool {
        name.hasSuffix(suffix) && name.utf8.dropLast(suffix.utf8.count).allSatisfy { $0.lowercaseHexDigitValue != nil }
    }
}
