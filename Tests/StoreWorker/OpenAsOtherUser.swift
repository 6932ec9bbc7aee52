import FSCache
import Foundation

/// Opens a directory as a user with permission to read but not to write.
struct OpenAsOtherUser {
    var root: String

    func run(user: uid_t) async throws {
        if getuid() != user {
            guard setgid(gid_t(user)) == 0, setuid(user) == 0 else {
                throw StoreWorker.Violation("The user can't be changed to \(user).")
            }
        }
        do {
            let backend = try FilesystemBackend(root: .path(root))
            throw StoreWorker.Violation("\(backend.rootPath) was opened for writing.")
        } catch let error as FSCacheError {
            guard error.code == .unusableStore, (error.underlyingError as? POSIXError)?.code == .EACCES else {
                throw error
            }
            print(error.message)
        }
        let backend = try FilesystemBackend(root: .path(root), isReadOnly: true)
        for try await listing in backend.list(prefix: "") {
            guard try await backend.read(listing.key) != nil else {
                throw StoreWorker.Violation("\(listing) can't be read.")
            }
        }
    }
}
