internal import CFileSystem

/// The system calls that take a name, from a directory's descriptor on.
///
/// They return what the C functions do: zero or more, or the negative error number.
enum SystemCall {
    static func open(_ name: String, in directory: CInt, _ flags: CInt, _ permissions: CUnsignedInt = 0) -> CInt {
        unsafe name.withCString { unsafe cfs_open(directory, $0, flags, permissions) }
    }

    static func status(of name: String, in directory: CInt, _ status: inout cfs_status) -> CInt {
        unsafe name.withCString { unsafe cfs_status_at(directory, $0, &status) }
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
