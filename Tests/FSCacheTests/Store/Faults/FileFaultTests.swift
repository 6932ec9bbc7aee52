import FSCacheFaultTesting
import FSCacheTesting
import Foundation
import HTTPTypes
import Logging
import TestSupport
import Testing

@testable import FSCache

/// A directory whose system calls fail.
private struct FaultyDirectory: FileStore {
    enum Variant: CaseIterable {
        case plain
        /// On a system that can't resolve a path without links in one call.
        case byComponents
        case synchronized
    }

    let scratch: ScratchDirectory
    let variant: Variant

    init(_ variant: Variant = .plain) throws {
        self.scratch = try ScratchDirectory()
        self.variant = variant
    }

    var directory: String { URL(filePath: scratch("cache")).resolvingSymlinksInPath().path(percentEncoded: false) }

    func open() async throws -> any CacheBackend {
        var settings = FilesystemSettings(rootPath: scratch("cache"), preferredExtension: try .init("cbor").required)
        settings.mayResolvePathsInOneCall = variant != .byComponents
        settings.synchronizes = variant == .synchronized
        return try FilesystemBackend(settings: settings)
    }

    /// A check finds only strays, and opening the directory has removed temporary files.
    func check() async throws {
        let backend = try FilesystemBackend(root: .path(scratch("cache")), isReadOnly: true)
        for try await finding in backend.verifyStorage(repairing: false, isIntact: { _, _ in true }) {
            guard finding.kind == .stray else { throw FaultRequirement.Failure(description: "\(finding)") }
        }
        var strays = try scratch.temporaries()
        // The thread that failed to commit may still be about to release the writer. A process that another test has just
        // started holds the locks of all files until it runs its program.
        for _ in 0..<1000 where !strays.isEmpty {
            try await Task.sleep(for: .milliseconds(1))
            try await FilesystemBackend(root: .path(scratch("cache"))).sweep()
            strays = try scratch.temporaries()
        }
        guard strays.isEmpty else { throw FaultRequirement.Failure(description: "\(strays) have not been removed") }
    }
}

@Suite("Failing system calls", .enabled(if: FileFaults.areAvailable))
struct FileFaultTests {
    @Test(
        "A directory withstands every failing system call",
        arguments: FaultRequirement.all,
        [FaultyDirectory.Variant.plain, .byComponents, .synchronized]
    )
    private func withstands(_ requirement: FaultRequirement, _ variant: FaultyDirectory.Variant) async throws {
        let count = try await requirement.verify(FaultyDirectory(variant))
        #expect(count > 20)
    }

    @Test("A backend that stores half of an entry doesn't pass")
    func findsFailures() async throws {
        let directory = try FaultyDirectory()
        await #expect(throws: FaultRequirement.Failure.self) {
            try await FaultRequirement.all[0].verify(CarelessStore(directory: directory.directory))
        }
    }

    @Test("With synchronization, the entry reaches the disk before its name, and both before the write returns")
    func orderOfCalls() async throws {
        let calls: FileCalls = [.write, .synchronize, .rename, .makeDirectory]
        let entry = BackendRequirement.entry("a", "cbor")
        let key = BackendRequirement.key("a")
        for (variant, isNew, expected) in [
            (
                .synchronized, true,
                "write synchronize make directory synchronize make directory synchronize rename synchronize"
            ),
            (.synchronized, false, "write synchronize rename synchronize"),
            (.plain, true, "write make directory make directory rename"),
            (.plain, false, "write rename"),
        ] as [(FaultyDirectory.Variant, Bool, String)] {
            let directory = try FaultyDirectory(variant)
            let backend = try await directory.open()
            if !isNew { try await backend.write(BackendRequirement.entry("b", "cbor"), for: key) }
            let recorded = try await FileFaults.recorded(calls, below: directory.directory) {
                try await backend.write(entry, for: key)
            }
            #expect(recorded.joined(separator: " ") == expected)
        }
    }

    @Test("A file whose time of access only its owner can leave alone is read all the same")
    func readsFilesOfOthers() async throws {
        let directory = try FaultyDirectory()
        let backend = try await directory.open()
        let scanning = try #require(backend as? any ScanningBackend)
        let (key, entry) = (BackendRequirement.key("a"), BackendRequirement.entry("a", "cbor"))
        try await backend.write(entry, for: key)
        let file = EntryFile(key, try FileExtension("cbor").required)
        let path = "\(directory.directory)/\(file.path)"
        let scanned = try await FileFaults.injecting(.error(.EPERM), at: 1...1, of: .open, below: path) {
            var entries: [EncodedEntry?] = []
            for try await batch in scanning.scan(prefix: "") { entries += batch.map(\.entry) }
            return entries
        }
        #expect(scanned == [entry])
    }

    @Test(
        "Where the file system has no locks for leases, each process fetches for itself after one warning",
        arguments: [POSIXErrorCode.ENOLCK, .EOPNOTSUPP, .ENOSYS, .EINVAL]
    )
    func noLeases(_ code: POSIXErrorCode) async throws {
        let directory = try FaultyDirectory()
        let log = LogRecorder(.warning)
        let session = CachedSession(
            cache: ResponseCache(
                backend: try await directory.open(),
                settings: CacheSettings(collapsesAcrossProcesses: true),
                logger: log.logger
            ),
            transport: ScriptedTransport { _ in TransportResponse(body: "body") }
        )
        let path = directory.directory + "/fscache.layout"
        try await FileFaults.injecting(.error(code), of: .lock, below: path) {
            for number in 0..<3 {
                try await #expect(session.get("https://example.com/\(number)").text() == "body")
            }
        }
        #expect(log.lines.count == 1)
        #expect(log.lines.first?.contains("not collapsed: the store can't be used") == true)
        #expect(session.cache.counts.stores == 3)
    }

    @Test(
        "A good entry that can't be read is neither deleted as invalid nor set aside",
        arguments: [1000, 300_000],
        [POSIXErrorCode.EIO, .EMFILE]
    )
    func leavesUnreadable(bodyByteCount: Int, code: POSIXErrorCode) async throws {
        let directory = try FaultyDirectory()
        let cache = ResponseCache(backend: try await directory.open())
        let origin = ScriptedTransport { _ in TransportResponse(body: String(repeating: "a", count: bodyByteCount)) }
        let session = CachedSession(cache: cache, transport: origin)
        let key = try await session.get("https://example.com").cacheKey.required
        @Sendable func maintain() async throws {
            do {
                _ = try await cache.delete(.invalid)
                _ = try await cache.verify(repairing: true) { _ in }
            } catch is FSCacheError {
                // A directory could not be read.
            }
        }
        let calls = try await FileFaults.recorded(below: directory.directory) { try await maintain() }
        for position in 1...calls.count {
            for last in [position, .max] {
                try await FileFaults.injecting(.error(code), at: position...last, below: directory.directory) {
                    try await maintain()
                }
                let isKept = await cache.contains(key)
                try #require(isKept, "\(code) at call \(position) to \(last)")
            }
        }
    }

    @Test("A repair withstands every failing system call, and the next one does the rest")
    func repair() async throws {
        let directory = try FaultyDirectory()
        let broken = BrokenCache(root: directory.scratch("cache"))
        try await broken.make()
        let calls = try await FileFaults.recorded(below: directory.directory) { try await broken.repair() }
        // All of them take minutes.
        let step = StoreWorkerProcess.isLongTorture ? 1 : max(1, calls.count / 25)
        for (position, number) in zip(stride(from: 1, through: calls.count, by: step), 0...) {
            let code = [POSIXErrorCode.EIO, .ENOSPC, .EMFILE, .EACCES][number % 4]
            let last = number / 4 % 2 == 0 ? position : .max
            try await broken.make()
            try await FileFaults.injecting(.error(code), at: position...last, below: directory.directory) {
                do {
                    try await broken.repair()
                } catch is FSCacheError {
                    // A directory could not be read.
                }
            }
            try await broken.repair()
            try await broken.expectRepaired("\(code) at calls \(position) to \(last)")
        }
    }

    @Test(
        "A check that can't read everything doesn't say that a broken cache is in order",
        arguments: [POSIXErrorCode.EIO, .EMFILE, .EACCES]
    )
    func checkWithFailures(code: POSIXErrorCode) async throws {
        let directory = try FaultyDirectory()
        try await BrokenCache(root: directory.scratch("cache")).make()
        let cache = try ResponseCache(directory.scratch("cache"))
        var problems: [VerificationFinding] = []
        _ = try await cache.verify { if $0.kind.isProblem { problems.append($0) } }
        let calls = try await FileFaults.recorded(below: directory.directory) { try await cache.verify { _ in } }
        let step = StoreWorkerProcess.isLongTorture ? 1 : max(1, calls.count / 50)
        for position in stride(from: 1, through: calls.count, by: step) {
            for last in [position, .max] {
                try await FileFaults.injecting(.error(code), at: position...last, below: directory.directory) {
                    do {
                        var found: [VerificationFinding] = []
                        _ = try await cache.verify { found.append($0) }
                        // What can't be read is named, and hides only what is in it.
                        let unreadable = found.filter { $0.kind == .unreadable }.compactMap(\.path)
                        let missing = problems.filter { problem in
                            !found.contains { $0.kind == problem.kind && $0.path == problem.path }
                                && !unreadable.contains { "\(problem.path ?? "")/".hasPrefix("\($0)/") }
                        }
                        try #require(missing.map(\.path) == [], "\(code) at calls \(position) to \(last)")
                    } catch is FSCacheError {
                        // A directory could not be read.
                    }
                }
            }
        }
    }

    @Test("A good entry that can't be read stays, even if a damaged one has its key")
    func leavesUnreadableDuplicate() async throws {
        let directory = try FaultyDirectory()
        let cache = ResponseCache(backend: try await directory.open())
        let origin = ScriptedTransport { _ in TransportResponse(body: "good") }
        let key = try await CachedSession(cache: cache, transport: origin).get("https://example.com").cacheKey.required
        let good = "\(directory.directory)/\(EntryFile(key, try FileExtension("cbor").required).path)"
        let bad = good.replacing(".cbor", with: ".json")
        try Data("garbage".utf8).write(to: URL(filePath: bad))
        try await FileFaults.injecting(.error(.EACCES), of: .open, below: good) {
            var findings: [VerificationFinding] = []
            let summary = try await cache.verify(repairing: true) { findings.append($0) }
            #expect(findings.first { $0.kind == .duplicate }?.isRepaired == false)
            #expect(summary.remainingProblems > 0)
        }
        #expect(FileManager.default.fileExists(atPath: good) && FileManager.default.fileExists(atPath: bad))
        #expect(try await cache.verify(repairing: true) { _ in }.remainingProblems == 0)
        #expect(await cache.contains(key))
    }

    @Test("The error names a directory that can't be read")
    func namesDirectory() async throws {
        let directory = try FaultyDirectory()
        let backend = try await directory.open()
        let key = BackendRequirement.key("a")
        try await backend.write(BackendRequirement.entry("a", "cbor"), for: key)
        let shard = ShardName(key).path
        let error = try await FileFaults.injecting(
            .error(.EACCES),
            of: .open,
            below: "\(directory.directory)/\(shard)"
        ) {
            await #expect(throws: FSCacheError.self) { for try await _ in backend.list(prefix: "") {} }
        }
        #expect(error?.message.contains(shard) == true)
        #expect((error?.underlyingError as? POSIXError)?.code == .EACCES)
    }
}

/// Writes entries in place, so that a failure leaves half of one.
private struct CarelessStore: FileStore {
    var directory: String

    func open() async throws -> any CacheBackend {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        return CarelessBackend(directory: directory)
    }

    func check() async throws {}
}

private struct CarelessBackend: CacheBackend {
    var directory: String

    private func path(_ key: CacheKey) -> String { "\(directory)/\(key)" }

    func read(_ key: CacheKey) async throws -> EncodedEntry? {
        guard let bytes = FileManager.default.contents(atPath: path(key)) else { return nil }
        return EncodedEntry(bytes: bytes.dropFirst(4), fileExtension: String(decoding: bytes.prefix(4), as: UTF8.self))
    }

    func write(_ entry: EncodedEntry, for key: CacheKey) async throws {
        let file = unsafe open(path(key), O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: Data(entry.fileExtension.utf8))
            try handle.write(contentsOf: entry.bytes)
        } catch {
            throw FSCacheError(.storeFailed, "not written", underlyingError: error)
        }
    }

    func remove(_ key: CacheKey) async throws -> Bool { unsafe unlink(path(key)) == 0 }
    func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error> { AsyncThrowingStream { nil } }
    func close() async {}
}
