internal import CFileSystem

extension EntryIdentity {
    init(_ status: cfs_status) {
        self.init(
            device: status.device,
            inode: status.inode,
            byteCount: status.byte_count,
            modifiedAt: Time(seconds: status.modified_seconds, nanoseconds: status.modified_nanoseconds),
            changedAt: Time(seconds: status.changed_seconds, nanoseconds: status.changed_nanoseconds)
        )
    }
}
