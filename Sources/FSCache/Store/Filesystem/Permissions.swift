internal import CFileSystem

/// What a file or a directory is created with.
struct Permissions: Sendable, Hashable {
    let rawValue: CUnsignedInt

    init(_ rawValue: CUnsignedInt) {
        self.rawValue = rawValue
    }

    /// Whether nothing is granted that a file mode creation mask would hold back.
    var areOwnersAlone: Bool { rawValue & ~0o700 == 0 }

    /// Grants what the process's file mode creation mask has held back: what was set counts.
    func apply(to descriptor: CInt) throws(SystemError) {
        guard !areOwnersAlone else { return }
        try SystemError.check(cfs_set_permissions(descriptor, rawValue))
    }
}
