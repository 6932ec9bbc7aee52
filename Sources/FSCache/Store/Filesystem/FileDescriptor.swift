internal import CFileSystem

/// An open file or directory.
///
/// It has one owner and is closed once, when the owner lets go of it.
struct FileDescriptor: ~Copyable, Sendable {
    let rawValue: CInt

    /// Takes over what a call that opens has returned: a descriptor or the negative error number.
    init(opened result: CInt) throws(SystemError) {
        self.rawValue = try SystemError.check(result)
    }

    deinit {
        _ = cfs_close(rawValue)
    }

    /// Hands the descriptor to an owner that closes it in its own way.
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
