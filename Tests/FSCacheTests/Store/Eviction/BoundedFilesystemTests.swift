import CFileSystem
import FSCacheTesting
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import FSCache

@Suite("Filesystem backend with limits")
struct BoundedFilesystemTests {
    private let scratch: ScratchDirectory
    /// Runs an hour ahead, so that new files are an hour old, and the order of uses doesn't depend on the speed of the test.
    private let clock = TestClock(Date() + 3600)

    init() throws {
        scratch = try ScratchDirectory()
    }

    private func open(_ limits: StoreLimits, isReadOnly: Bool = false) throws -> FilesystemBackend {
        try FilesystemBackend(
            settings: FilesystemSettings(
                rootPath: scratch("cache"),
                preferredExtension: .init("cbor").required,
                limits: limits,
                isReadOnly: isReadOnly,
                now: clock.source
            )
        )
    }

    private func key(_ number: Int) -> CacheKey { BackendRequirement.key("\(number)") }

    private func entry(_ byteCount: Int = 10) -> EncodedEntry {
        EncodedEntry(bytes: Data(count: byteCount), fileExtension: "cbor")
    }

    private func path(_ number: Int) throws -> String {
        scratch("cache/\(EntryFile(key(number), try FileExtension("cbor").required).path)")
    }

    /// Sets the times of a file, as `touch` does.
    private func touch(_ number: Int, at date: Date) throws {
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path(number))
    }

    private func status(_ number: Int) throws -> FileStatus { try FileStatus(of: path(number)) }

    private func numbers(_ backend: any CacheBackend, of range: Range<Int>) async throws -> [Int] {
        let keys = Set(try await BackendRequirement.listings(backend).map(\.key))
        return range.filter { keys.contains(key($0)) }
    }

    /// Writes entries one minute apart, each an older file than the next.
    private func write(_ range: Range<Int>, to backend: FilesystemBackend) async throws {
        for number in range {
            try await backend.write(entry(), for: key(number))
            await backend.eviction.withLock { $0 }?.value
            if FileManager.default.fileExists(atPath: try path(number)) {
                try touch(number, at: clock.now)
            }
            clock.advance(by: 60)
        }
    }

    /// Writes entries as many programs do that write one entry each.
    private func writeOneByOne(_ range: Range<Int>, limits: StoreLimits) async throws {
        for number in range {
            let backend = try open(limits)
            try await backend.write(entry(), for: key(number))
            await backend.close()
            clock.advance(by: 60)
        }
    }

    @Test("The least recently used entries are evicted")
    func evictsOldest() async throws {
        let backend = try open(StoreLimits(maxEntries: 10))
        try await write(0..<10, to: backend)
        try await #expect(numbers(backend, of: 0..<20) == Array(0..<10))
        #expect(backend.evictionCount == 0)
        _ = try await backend.read(key(0))
        _ = try backend.readNow(key(2))
        _ = try await backend.open(key(4))
        clock.advance(by: 60)
        try await write(10..<13, to: backend)
        try await #expect(numbers(backend, of: 0..<20) == [0, 2, 4, 6, 7, 8, 9, 10, 11, 12])
        #expect(backend.evictionCount == 3)
        await backend.close()
    }

    @Test("The disk space of files is limited, and counted in blocks")
    func limitsBytes() async throws {
        try await open(StoreLimits()).write(entry(), for: key(0))
        let block = try status(0).diskByteCount
        // A little less than a percent stays free.
        let backend = try open(StoreLimits(maxCacheBytes: 20 * block + block / 2))
        try await write(1..<100, to: backend)
        let listings = try await BackendRequirement.listings(backend)
        #expect(listings.count == 20)
        #expect(listings.compactMap(\.diskByteCount) == Array(repeating: block, count: 20))
        try await #expect(numbers(backend, of: 0..<100) == Array(80..<100))
    }

    @Test("What people and other processes add, use and remove counts")
    func seesForeignChanges() async throws {
        let backend = try open(StoreLimits(maxEntries: 10))
        try await write(0..<10, to: backend)
        for number in 0..<4 { try FileManager.default.removeItem(atPath: path(number)) }
        try await write(10..<14, to: backend)
        try await #expect(numbers(backend, of: 0..<20) == Array(4..<14))
        // Another process without limits adds some, and a person edits an old one.
        let other = try open(StoreLimits())
        for number in 14..<20 { try await other.write(entry(), for: key(number)) }
        for number in 14..<20 { try touch(number, at: clock.now) }
        clock.advance(by: 60)
        try touch(4, at: clock.now)
        try await write(20..<26, to: backend)
        let rest = try await numbers(backend, of: 0..<26)
        #expect(rest.count <= 10 && rest.first == 4 && rest.dropFirst().allSatisfy { $0 >= 14 }, "\(rest)")
        #expect(rest.suffix(6) == Array(20..<26), "\(rest)")
    }

    @Test("Each process that writes a single entry does its share")
    func shortProcesses() async throws {
        try await writeOneByOne(0..<60, limits: StoreLimits(maxEntries: 20))
        try await #expect(BackendRequirement.listings(open(StoreLimits())).count <= 20)
    }

    @Test("The evictions of all processes add up in a file, which is no foreign one")
    func countsEvictions() async throws {
        try await writeOneByOne(0..<60, limits: StoreLimits(maxEntries: 20))
        let backend = try open(StoreLimits(), isReadOnly: true)
        let count = try await 60 - BackendRequirement.listings(backend).count
        try await #expect(backend.totalEvictionCount() == count)
        #expect(try scratch.read("cache/fscache.evictions") == "\(count)\n")
        for try await finding in backend.verifyStorage(repairing: false, isIntact: { _, _ in true }) {
            Issue.record("\(finding)")
        }
    }

    @Test("Evictions that can't be counted at once are counted later, and a file of nonsense counts for nothing")
    func countsLater() async throws {
        let backend = try open(StoreLimits(maxEntries: 5))
        let path = scratch("cache/fscache.evictions")
        try await write(0..<5, to: backend)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try await write(5..<8, to: backend)
        #expect(backend.evictionCount > 0)
        try FileManager.default.removeItem(atPath: path)
        try scratch.write("-5 or so", to: "cache/fscache.evictions")
        try await #expect(backend.totalEvictionCount() == 0)
        try scratch.write("", to: "cache/fscache.evictions")
        try await write(8..<12, to: backend)
        try await #expect(backend.totalEvictionCount() == backend.evictionCount)
    }

    @Test("A lower limit is reached after few writes, or by a sweep", arguments: [true, false])
    func lowersLimit(bySweep: Bool) async throws {
        try await write(0..<200, to: open(StoreLimits()))
        let backend = try open(StoreLimits(maxEntries: 50))
        if bySweep { try await backend.sweep() } else { try await write(200..<230, to: backend) }
        let rest = try await numbers(backend, of: 0..<230)
        #expect(rest.count <= 50 && rest.count >= 45, "\(rest.count)")
        if bySweep { #expect(rest == Array(150..<200)) }
    }

    @Test("The entry just written is never the one to go, even if its file has an old date")
    func keepsNewest() async throws {
        let backend = try open(StoreLimits(maxEntries: 1))
        // All files are older than the first one is said to be.
        for number in 0..<20 {
            try await backend.write(entry(), for: key(number))
            await backend.eviction.withLock { $0 }?.value
            try await #expect(numbers(backend, of: 0..<20) == [number])
            try touch(number, at: clock.now + 1000)
        }
    }

    @Test("Entries that were set aside count and go first")
    func evictsSetAside() async throws {
        let backend = try open(StoreLimits(maxEntries: 5))
        try await write(0..<5, to: backend)
        try await backend.setAside(entry(), for: key(4))
        try await write(5..<6, to: open(StoreLimits(maxEntries: 5)))
        try await #expect(numbers(backend, of: 0..<6) == [0, 1, 2, 3, 5])
    }

    @Test("Foreign files are neither counted nor removed")
    func leavesForeignFiles() async throws {
        let backend = try open(StoreLimits(maxEntries: 5))
        try await write(0..<5, to: backend)
        let folder = (try path(0) as NSString).deletingLastPathComponent
        let names = ["\(folder)/notes.txt", "\(folder)/\(key(7)).cbor"]
        for name in names { try Data(count: 100_000).write(to: URL(filePath: name)) }
        try await write(5..<6, to: backend)
        try await #expect(numbers(backend, of: 0..<6) == [1, 2, 3, 4, 5])
        for name in names { #expect(FileManager.default.fileExists(atPath: name)) }
    }

    @Test("Writers that are faster than eviction wait for it", arguments: [1, 8])
    func bounded(taskCount: Int) async throws {
        let backend = try open(StoreLimits(maxEntries: 100))
        try await withThrowingTaskGroup { group in
            for task in 0..<taskCount {
                group.addTask {
                    for number in 0..<(800 / taskCount) {
                        try await backend.write(entry(), for: key(task * 10_000 + number))
                    }
                }
            }
            try await group.waitForAll()
        }
        await backend.close()
        try await #expect(BackendRequirement.listings(open(StoreLimits())).count <= 105)
    }

    @Test("Several processes share a limit")
    func sharedLimit() async throws {
        let backends = try (0..<4).map { _ in try open(StoreLimits(maxEntries: 100)) }
        var largest = 0
        for number in 0..<600 {
            let backend = backends[number % 4]
            try await backend.write(entry(), for: key(number))
            await backend.eviction.withLock { $0 }?.value
            if number % 20 == 0 { largest = try await max(largest, BackendRequirement.listings(backend).count) }
        }
        #expect(largest <= 105, "\(largest)")
        #expect(largest >= 80, "\(largest)")
    }

    @Test("Processes that write at full speed keep a limit together, and killing some of them damages nothing")
    func killedProcesses() async throws {
        let root = scratch("cache")
        for round in 0..<3 {
            func start(_ number: Int, _ more: String...) throws -> StoreWorkerProcess {
                try StoreWorkerProcess(["write-bounded", root, "300", "\(round * 10 + number)"] + more)
            }
            let lasting = try [start(0), start(1)]
            for worker in try [start(2, "600"), start(3, "600")] { try await worker.finish() }
            for worker in lasting { worker.kill() }
            let backend = try FilesystemBackend(root: .path(root))
            let listings = try await BackendRequirement.listings(backend)
            #expect((200...330).contains(listings.count), "\(listings.count)")
            for listing in listings {
                let entry = try await backend.read(listing.key).required
                #expect(VerifiableEntry.problem(in: entry, of: listing.key) == nil)
            }
            #expect(try scratch.temporaries() == [])
        }
    }

    // MARK: Too large entries

    @Test("An entry over the limit is not stored, and removes the previous one")
    func passesOver() async throws {
        let backend = try open(StoreLimits(maxEntryBytes: 100))
        try await backend.write(entry(100), for: key(0))
        try await #expect(backend.read(key(0)) == entry(100))
        try await backend.write(entry(101), for: key(0))
        try await #expect(backend.read(key(0)) == nil)
        try await #expect(backend.replace(nil, with: entry(101), for: key(1)))
        try await #expect(BackendRequirement.listings(backend) == [])
    }

    @Test("A writer stops as soon as an entry is over the limit, and leaves nothing")
    func stopsWriter() async throws {
        let backend = try open(StoreLimits(maxEntryBytes: 100))
        do {
            let writer = try await backend.makeWriter(for: key(0), fileExtension: "cbor", expires: nil)
            try await writer.append(Data(count: 100))
            let error = await #expect(throws: FSCacheError.self) { try await writer.append(Data(count: 1)) }
            #expect(error?.code == .entryTooLarge)
        }
        #expect(try scratch.temporaries() == [])
    }

    // MARK: Marks

    @Test("A hit marks its use once in a while, and doesn't touch the time of the last change")
    func marks() async throws {
        let backend = try open(StoreLimits(maxEntries: 10))
        try await backend.write(entry(), for: key(0))
        // With `relatime`, the kernel leaves a time of access alone that is later than the other times.
        let used = FileTime(Date() + 60)
        try FileStatus.set(accessed: used, modified: status(0).modified, of: path(0))
        let written = try status(0)
        clock.now = used.date + 59
        _ = try backend.readNow(key(0))
        #expect(try status(0).accessed == used)
        clock.advance(by: 10)
        _ = try backend.readNow(key(0))
        #expect(try abs(status(0).accessed.date.timeIntervalSince(clock.now)) < 0.001)
        #expect(try status(0).modified == written.modified)
        let marked = try status(0).accessed
        clock.advance(by: 59)
        _ = try backend.readNow(key(0))
        #expect(try status(0).accessed == marked)
    }

    @Test("Without limits, and in a read-only cache, hits mark nothing", arguments: [true, false])
    func marksNothing(isReadOnly: Bool) async throws {
        try await open(StoreLimits()).write(entry(), for: key(0))
        let written = try status(0)
        let limits = isReadOnly ? StoreLimits(maxEntries: 10) : StoreLimits(maxEntryBytes: 100)
        let backend = try open(limits, isReadOnly: isReadOnly)
        guard case .entry(_, let identity) = try backend.readNow(key(0)) else { throw TestFailure() }
        #expect(identity != nil && backend.identity(of: key(0)) == identity)
        #expect(try status(0).changed == written.changed)
    }

    @Test("Hits from memory are marked, too: when that is due, the entry is read once more")
    func marksMemoryHits() async throws {
        let backend = try open(StoreLimits(maxEntries: 10))
        try await backend.write(entry(), for: key(0))
        clock.now = Date() + 30
        guard case .entry(_, let identity?) = try backend.readNow(key(0)) else { throw TestFailure() }
        #expect(backend.identity(of: key(0)) == identity)
        clock.advance(by: 31)
        #expect(backend.identity(of: key(0)) == nil)
        guard case .entry(_, nil) = try backend.readNow(key(0)) else { throw TestFailure() }
        #expect(backend.identity(of: key(0)) != nil)
    }

    @Test("Looking through a cache does not count as using its entries")
    func maintenanceMarksNothing() async throws {
        let backend = try open(StoreLimits(maxEntries: 10))
        let cache = ResponseCache(backend: backend)
        let session = CachedSession(
            cache: cache,
            transport: ScriptedTransport { _ in TransportResponse(200, body: "a") },
            autoclose: false
        )
        let key = try await session.get("https://example.com").cacheKey.required
        let path = scratch("cache/\(EntryFile(key, try FileExtension("cbor").required).path)")
        // With `relatime`, the kernel would update a time of access that is earlier than the other times.
        let longAgo = FileTime(Date(timeIntervalSince1970: 1_000_000_000))
        try FileStatus.set(accessed: longAgo, modified: FileStatus(of: path).modified, of: path)
        for try await entry in cache.entries() { #expect(entry.response != nil) }
        try await cache.sweep()
        try await cache.verify { Issue.record("\($0)") }
        #expect(try FileStatus(of: path).accessed == longAgo)
        _ = try await session.get("https://example.com")
        #expect(try FileStatus(of: path).accessed.date > longAgo.date)
    }
}

struct TestFailure: Error {}
