internal import CFileSystem

/// A directory that stays open, shared by all who use it and closed when the last of them is done.
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
