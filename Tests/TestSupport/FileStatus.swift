internal import CFileSystem
package import Foundation

/// The status of a file, with the times as exactly as the file system has them.
package struct FileStatus: Sendable {
    package let number: UInt64
    package let byteCount: Int
    /// The space that it takes on the disk.
    package let diskByteCount: Int
    package let accessed: FileTime
    package let modified: FileTime
    /// When the content or the status was last changed, which nobody can set.
    package let changed: FileTime

    package init(of path: String) throws {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        #if canImport(Darwin)
        let times = (status.st_atimespec, status.st_mtimespec, status.st_ctimespec)
        #else
        let times = (status.st_atim, status.st_mtim, status.st_ctim)
        #endif
        number = UInt64(status.st_ino)
        byteCount = Int(status.st_size)
        diskByteCount = Int(status.st_blocks) * 512
        accessed = FileTime(times.0)
        modified = FileTime(times.1)
        changed = FileTime(times.2)
    }

    /// Sets the times of access and of the last change of the content.
    package static func set(accessed: FileTime, modified: FileTime, of path: String) throws {
        let times = [accessed.value, modified.value]
        guard unsafe utimensat(AT_FDCWD, path, times, 0) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
    }
}

/// A time of a file.
package struct FileTime: Sendable, Equatable {
    fileprivate let value: timespec

    fileprivate init(_ value: timespec) {
        self.value = value
    }

    /// Makes a time of whole seconds.
    package init(_ date: Date) {
        self.init(timespec(tv_sec: Int(date.timeIntervalSince1970.rounded(.down)), tv_nsec: 0))
    }

    package var date: Date {
        Date(timeIntervalSince1970: Double(value.tv_sec) + Double(value.tv_nsec) / 1e9)
    }

    package static func == (left: FileTime, right: FileTime) -> Bool {
        (left.value.tv_sec, left.value.tv_nsec) == (right.value.tv_sec, right.value.tv_nsec)
    }
}
