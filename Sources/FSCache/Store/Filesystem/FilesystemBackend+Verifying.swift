internal import CFileSystem
internal import Foundation
internal import Synchronization

extension FilesystemBackend: VerifyingBackend {
    /// Checks the names, the places and the permissions of all files.
    ///
    /// Each repair is one `rename`, `chmod` or `unlink` under the lock of the shard. Where two files claim one key, the newest
    /// intact one stays, and the others are set aside. A file with the name of an entry in another place is moved only if
    /// it is intact; otherwise it is foreign.
    ///
    /// - Parameters:
    ///   - repairs: Whether to repair what is found, if possible.
    ///   - isIntact: Whether an entry can be decoded, and belongs to a key; `nil` if its format is unknown.
    /// - Returns: The findings, made on demand, for one directory of the first level at a time. The sequence throws
    ///   ``FSCacheError/Code/storeFailed`` when a directory can't be read, and ``FSCacheError/Code/closed``.
    public func verifyStorage(
        repairing repairs: Bool,
        isIntact: @escaping @Sendable (EncodedEntry, CacheKey) -> Bool?
    ) -> AsyncThrowingStream<VerificationFinding, any Error> {
        let walk = VerificationWalk(self, repairs, isIntact)
        return AsyncThrowingStream { try await walk.next() }
    }
}

/// Inspects the top directory, and then each directory of the first level.
private final class VerificationWalk: Sendable {
    private struct State {
        /// The directories of the first level that are left, in reverse order; `nil` before the first step.
        var directories: [UInt8]?
        /// The pending findings, in reverse order.
        var findings: [VerificationFinding] = []
        var readable = StoreInspection.Readable()
        var isAtEnd = false
    }

    private let backend: FilesystemBackend
    private let repairs: Bool
    private let isIntact: @Sendable (EncodedEntry, CacheKey) -> Bool?
    private let state = Mutex(State())

    init(
        _ backend: FilesystemBackend,
        _ repairs: Bool,
        _ isIntact: @escaping @Sendable (EncodedEntry, CacheKey) -> Bool?
    ) {
        self.backend = backend
        self.repairs = repairs
        self.isIntact = isIntact
    }

    func next() async throws -> VerificationFinding? {
        while true {
            if let finding = state.withLock({ $0.findings.popLast() }) { return finding }
            if state.withLock({ $0.isAtEnd }) { return nil }
            try await BlockingWork.run { try self.readOn() }
        }
    }

    private func readOn() throws {
        try backend.perform("verify", nil) { store throws(SystemError) in
            var current = state.withLock { $0 }
            var inspection = StoreInspection(store, repairs: repairs, readable: current.readable, isIntact: isIntact)
            if current.directories == nil {
                try inspection.inspectTop()
                current.directories = try store.directories().reversed()
            } else if let first = current.directories?.popLast() {
                try inspection.inspect(first)
            } else {
                inspection.reportReadable()
                current.isAtEnd = true
            }
            current.readable = inspection.readable
            current.findings = inspection.findings.reversed()
            let result = current
            state.withLock { $0 = result }
        }
    }
}
