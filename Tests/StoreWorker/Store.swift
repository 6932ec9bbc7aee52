import FSCache

#if SQLite
import FSCacheSQLite
#endif

typealias TortureBackend = QuarantiningBackend & StreamingBackend

/// The stores under test.
enum Store {
    /// Opens a database if the path ends in `.sqlite`, or else a directory.
    static func open(_ root: String, preferredExtension: String = "cbor") throws -> any TortureBackend {
        #if SQLite
        // The workers write without a pause, so one of them may have to wait for long.
        if root.hasSuffix(".sqlite") { return try SQLiteBackend(path: root, timeout: .seconds(60)) }
        #endif
        return try FilesystemBackend(root: .path(root), preferredExtension: preferredExtension)
    }

    /// The backend of a session, like ``open(_:preferredExtension:)``.
    static func named(_ root: String) -> NamedBackend {
        #if SQLite
        if root.hasSuffix(".sqlite") { return NamedBackend("sqlite") { _ in try open(root) } }
        #endif
        return .filesystem
    }
}
