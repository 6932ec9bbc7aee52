internal import CFileSystem

#if canImport(Darwin)
private typealias DirectoryPointer = UnsafeMutablePointer<DIR>
#else
private typealias DirectoryPointer = OpaquePointer
#endif

/// An open directory whose names can be read.
///
/// The stream has one owner, and is closed when that lets go of it.
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

    /// Hands out the names, apart from `.` and `..`, until one is answered with `false`.
    ///
    /// In a directory of up to a few hundred names this is one look at one moment: a file that is renamed meanwhile
    /// is seen under its old name or its new one.
    func forEachName(_ body: (String) throws(SystemError) -> Bool) throws(SystemError) {
        unsafe rewinddir(stream)
        while true {
            var name: UnsafePointer<CChar>?
            guard try SystemError.check(unsafe cfs_next_name(stream, &name)) > 0, let name = unsafe name else { return }
            guard try body(unsafe String(cString: name)) else { return }
        }
    }
}
