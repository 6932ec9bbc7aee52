/// What a filesystem store was opened with, checked.
struct FilesystemSettings: Sendable {
    var rootPath: String
    /// Whether the root lies in a directory that everybody may write to, and must be proven to be ours.
    var isRootInSharedDirectory = false
    var preferredExtension: FileExtension
    var filePermissions = Permissions(0o600)
    var directoryPermissions = Permissions(0o700)
    var synchronizes = false
    var isReadOnly = false
    /// For tests: `false` takes the way for systems without `openat2`.
    var mayResolvePathsInOneCall = true
}
