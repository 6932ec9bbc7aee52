internal import CFileSystem
internal import Foundation

/// System calls that take a name relative to an open directory.
///
/// Like the C functions, they return zero or more, or the negative error number.
enum SystemCall {
    static func open(_ name: String, in directory: CInt, _ flags: CInt, _ permissions: CUnsignedInt = 0) -> CInt {
        unsafe name.withCString { unsafe cfs_open(directory, $0, flags, permissions) }
    }

    static func status(
        of name: String,
        in directory: CInt,
        followingLinks: Bool = false,
        _ status: inout cfs_status
    ) -> CInt {
        unsafe name.withCString { unsafe cfs_status_at(directory, $0, followingLinks ? 1 : 0, &status) }
    }

    static func makeDirectory(_ name: String, in directory: CInt, _ permissions: CUnsignedInt) -> CInt {
        unsafe name.withCString { unsafe cfs_make_directory(directory, $0, permissions) }
    }

    static func rename(_ name: String, in directory: CInt, to newName: String, in newDirectory: CInt) -> CInt {
        unsafe name.withCString { name in
            unsafe newName.withCString { unsafe cfs_rename(directory, name, newDirectory, $0) }
        }
    }

    static func removeFile(_ name: String, in directory: CInt) -> CInt {
        unsafe name.withCString { unsafe cfs_remove_file(directory, $0) }
    }

    static func removeDirectory(_ name: String, in directory: CInt) -> CInt {
        unsafe name.withCString { unsafe cfs_remove_directory(directory, $0) }
    }
}

/// The error of a system call.
///
/// Callers get it as an ``FSCacheError``.
package struct SystemError: Error {
    let number: CInt
    private let reason: String?
    /// Whether the limits of the store don't allow the entry.
    let isOverLimit: Bool

    init(_ number: CInt, _ reason: String? = nil, isOverLimit: Bool = false) {
        self.number = number
        self.reason = reason
        self.isOverLimit = isOverLimit
    }

    /// Throws if the result of a call is a negative error number.
    @discardableResult
    static func check(_ result: CInt) throws(SystemError) -> CInt {
        guard result >= 0 else { throw SystemError(-result) }
        return result
    }

    static let notRegular = SystemError(EISDIR, "it is not a regular file")
    static let notADirectory = SystemError(ENOTDIR, "it is not a directory")
    static let locked = SystemError(EWOULDBLOCK, "another process has kept its directory locked for too long")
    static let tooLarge = SystemError(EFBIG, "it is larger than 1 GiB, so it can only be read in pieces")
    static let overLimit = SystemError(EFBIG, "it is larger than the store's limits allow", isOverLimit: true)
    static let readOnly = SystemError(EROFS, "the cache was opened read-only")

    /// Whether a symbolic link may have caused this.
    var mayBeLink: Bool { number == ELOOP || number == ENOTDIR }

    /// The error in a public type, for applications to examine.
    var posixError: POSIXError {
        POSIXError(POSIXErrorCode(rawValue: number) ?? .EIO)
    }
}

extension SystemError: CustomStringConvertible {
    package var description: String {
        switch number {
        case _ where reason != nil: reason ?? ""
        case ELOOP: "a symbolic link is in its path"
        default: unsafe String(cString: strerror(number))
        }
    }
}

/// An open file or directory, closed when its owner releases it.
struct FileDescriptor: ~Copyable, Sendable {
    let rawValue: CInt

    /// Takes over the result of an opening call: a descriptor or the negative error number.
    init(opened result: CInt) throws(SystemError) {
        self.rawValue = try SystemError.check(result)
    }

    deinit {
        _ = cfs_close(rawValue)
    }

    /// Passes the descriptor to another owner, which closes it.
    consuming func release() -> CInt {
        let rawValue = rawValue
        discard self
        return rawValue
    }

    func status() throws(SystemError) -> cfs_status {
        var status = cfs_status()
        try SystemError.check(unsafe cfs_status(rawValue, &status))
        return status
    }
}

/// An open directory that is shared, and closed when its last user releases it.
final class OpenDirectory: Sendable {
    private let descriptor: FileDescriptor

    init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = descriptor
    }

    var rawValue: CInt { descriptor.rawValue }

    func status() throws(SystemError) -> cfs_status {
        try descriptor.status()
    }
}

#if canImport(Darwin)
private typealias DirectoryPointer = UnsafeMutablePointer<DIR>
#else
private typealias DirectoryPointer = OpaquePointer
#endif

/// An open directory whose names can be read, closed when its owner releases it.
@safe
struct DirectoryStream: ~Copyable {
    private let stream: DirectoryPointer
    let descriptor: CInt

    init(_ directory: consuming FileDescriptor) throws(SystemError) {
        var stream: DirectoryPointer?
        try SystemError.check(unsafe cfs_open_stream(directory.rawValue, &stream))
        guard let stream = unsafe stream else { throw SystemError(EIO) }
        unsafe self.stream = stream
        self.descriptor = directory.release()
    }

    deinit {
        unsafe closedir(stream)
    }

    /// Calls `body` with each name except `.` and `..`, until it returns `false`.
    ///
    /// A few hundred names are read at once. A file that is renamed during the call has its old or its new name.
    func forEachName(_ body: (String) throws(SystemError) -> Bool) throws(SystemError) {
        try forEachFile { name, _ throws(SystemError) in try body(name) }
    }

    /// Calls `body` with each name except `.` and `..`, and whether it is a regular file, until it returns `false`.
    ///
    /// `nil` means that the file is a link, or that only its status can tell, as on some file systems.
    func forEachFile(
        _ body: (_ name: String, _ isRegular: Bool?) throws(SystemError) -> Bool
    ) throws(SystemError) {
        unsafe rewinddir(stream)
        while true {
            var name: UnsafePointer<CChar>?
            var type: UInt8 = 0
            guard try SystemError.check(unsafe cfs_next_name(stream, &name, &type)) > 0, let name = unsafe name else {
                return
            }
            let isUndecided = Int(type) == Int(DT_UNKNOWN) || Int(type) == Int(DT_LNK)
            let isRegular = isUndecided ? nil : Int(type) == Int(DT_REG)
            guard try body(unsafe String(cString: name), isRegular) else { return }
        }
    }
}
