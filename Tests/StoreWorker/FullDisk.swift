import FSCache
import FSCacheTesting
import Foundation
import TestSupport

/// Writes until the disk is full or a file has the maximum size, and checks that earlier entries are intact.
struct FullDisk {
    var root: String

    func run(fileSizeLimit: UInt64?) async throws {
        let backend = try FilesystemBackend(root: .path(root))
        let key = TortureKeys.key(1)
        let small = VerifiableEntry.make(key, "cbor", seed: 1, wordCount: 100)
        try await backend.write(small, for: key)
        if let fileSizeLimit { try Self.limitFileSize(fileSizeLimit) }
        for wordCount in [20_000, 40_000] {
            let large = VerifiableEntry.make(key, "json", seed: 2, wordCount: wordCount)
            do {
                try await backend.write(large, for: key)
                throw StoreWorker.Violation("\(large.bytes.count) bytes were written where there is no room for them.")
            } catch let error as FSCacheError {
                let expected: POSIXErrorCode = fileSizeLimit == nil ? .ENOSPC : .EFBIG
                guard error.code == .storeFailed, (error.underlyingError as? POSIXError)?.code == expected else {
                    throw error
                }
            }
            guard try await backend.read(key) == small else {
                throw StoreWorker.Violation("The entry from before is gone.")
            }
        }
        let strays = try FileManager.default.subpathsOfDirectory(atPath: root + "/tmp").filter { $0 != "0" }
        guard strays.isEmpty else { throw StoreWorker.Violation("A failed write has left \(strays).") }
        // There is still room for small entries.
        try await backend.write(small, for: TortureKeys.key(2))
    }

    /// Limits the size of files that this process writes.
    static func limitFileSize(_ byteCount: UInt64) throws {
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: rlim_t(byteCount), rlim_max: rlim_t(byteCount))
        guard unsafe setrlimit(__rlimit_resource_t(1), &limit) == 0 else {
            throw StoreWorker.Violation("The file size can't be limited.")
        }
    }
}
