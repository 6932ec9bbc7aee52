import FSCacheTesting
import Foundation
import TestSupport
import Testing

@testable import FSCache

@Suite("Filesystem backend's sweep and locks")
struct SweepTests {
    private let scratch: ScratchDirectory
    private let settings: FilesystemSettings
    private let key: CacheKey

    init() throws {
        scratch = try ScratchDirectory()
        settings = FilesystemSettings(
            rootPath: scratch("cache"),
            preferredExtension: try FileExtension("cbor").required
        )
        key = try CacheKey("abcd" + String(repeating: "0", count: 60)).required
    }

    /// Each opening has separate locks, like another process.
    private func open() throws -> StoreDirectory { try StoreDirectory.open(settings) }

    private func age(_ name: String, by seconds: Double) throws {
        let time = Date(timeIntervalSinceNow: -seconds)
        try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: scratch(name))
    }

    @Test("The temporary file of a live writer is not swept, and is removed with its writer")
    func livingWriter() throws {
        let writer = try open()
        do {
            var temporary = try writer.writableTemporaries().makeFile()
            try temporary.write(Data("half".utf8))
            try open().sweep()
            #expect(try scratch.temporaries().count == 1)
            try temporary.write(Data("whole".utf8))
        }
        #expect(try scratch.temporaries() == [])
    }

    @Test("The temporary file of a dead writer is swept when the store is next opened")
    func deadWriter() throws {
        for number in [0, 1, 10] { try scratch.write("half", to: "cache/tmp/\(number)/0123456789abcdef.partial") }
        _ = try open()
        #expect(try scratch.temporaries() == [])
    }

    @Test("Each writer has a temporary directory of its own, and leaves foreign files alone")
    func ownDirectories() throws {
        try scratch.write("foreign", to: "cache/tmp/1")
        let stores = try [open(), open()]
        let first = try stores[0].writableTemporaries().makeFile()
        let second = try stores[1].writableTemporaries().makeFile()
        try #expect(scratch.temporaries().map { $0.prefix(2) } == ["0/", "2/"])
        withExtendedLifetime(first) {}
        withExtendedLifetime(second) {}
        try #expect(scratch.read("cache/tmp/1") == "foreign")
    }

    @Test(
        "Of two files that a dead writer left, the next opening keeps the newest",
        arguments: [true, false]
    )
    func halfReplaced(_ isNewOneInPlace: Bool) throws {
        try scratch.write("old", to: "cache/ab/cd/\(key).json")
        try scratch.write("bad", to: "cache/ab/cd/\(key).yaml.invalid")
        try age("cache/ab/cd/\(key).json", by: 60)
        if isNewOneInPlace { try scratch.write("new", to: "cache/ab/cd/\(key).cbor") }
        try scratch.write("", to: "cache/tmp/\(key).replacing")
        _ = try open()
        #expect(
            try scratch.contents(of: "cache/ab/cd")
                == ["\(key).\(isNewOneInPlace ? "cbor" : "json")", "\(key).yaml.invalid"]
        )
        #expect(try scratch.temporaries() == [])
    }

    @Test("A mark whose entry is gone is swept")
    func replacedAndRemoved() throws {
        try scratch.write("", to: "cache/tmp/\(key).replacing")
        _ = try open()
        #expect(try scratch.temporaries() == [])
    }

    @Test("A file that a live writer is replacing is not swept")
    func livingReplacement() throws {
        try scratch.write("old", to: "cache/ab/cd/\(key).json")
        try scratch.write("new", to: "cache/ab/cd/\(key).cbor")
        try scratch.write("", to: "cache/tmp/\(key).replacing")
        let lock = try HeldLock(scratch("cache/ab/cd"))
        _ = try open()
        #expect(try scratch.contents(of: "cache/ab/cd").count == 2)
        #expect(try scratch.temporaries().count == 1)
        lock.release()
        _ = try open()
        #expect(try scratch.contents(of: "cache/ab/cd").count == 1)
        #expect(try scratch.temporaries() == [])
    }

    @Test("A write whose shard stays locked fails with the reason, and later ones work")
    func givesUp() async throws {
        let backend = try FilesystemBackend(settings: settings)
        try await backend.write(BackendRequirement.entry("a", "cbor"), for: key)
        let lock = try HeldLock(scratch("cache/ab/cd"))
        let entry = BackendRequirement.entry("b", "cbor")
        let error = await #expect(throws: FSCacheError.self) { try await backend.write(entry, for: key) }
        #expect(error?.message.contains("another process has kept its directory locked") == true)
        #expect(try scratch.temporaries() == [])
        lock.release()
        try await backend.write(entry, for: key)
        try await #expect(backend.read(key) == entry)
    }

    @Test("A change waits for the holder of the shard's lock, a read does not")
    func waitsForTheLock() async throws {
        let backend = try FilesystemBackend(settings: settings)
        let entry = BackendRequirement.entry("a", "cbor")
        try await backend.write(entry, for: key)
        let lock = try HeldLock(scratch("cache/ab/cd"))
        #expect(try open().remove(key, waits: false) == nil)
        let key = key
        async let removed = backend.remove(key)
        // Small reads never suspend, so this ends before the change times out, regardless of load.
        for _ in 0..<2000 { try await #expect(backend.read(key) == entry) }
        lock.release()
        try await #expect(removed)
        try await #expect(backend.read(key) == nil)
    }
}

/// A directory's lock, held as by another process.
private struct HeldLock {
    private let handle: FileHandle

    init(_ path: String) throws {
        handle = try FileHandle(forReadingFrom: URL(filePath: path, directoryHint: .isDirectory))
        let result = flock(handle.fileDescriptor, LOCK_EX | LOCK_NB)
        try #require(result == 0)
    }

    func release() {
        // Closing isn't enough: a program that another test starts at this moment still has it open.
        flock(handle.fileDescriptor, LOCK_UN)
        try? handle.close()
    }
}
