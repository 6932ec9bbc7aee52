import FSCache
import FSCacheTesting
import Foundation
import TestSupport
import Testing

@Suite("Filesystem backend")
struct FilesystemBackendTests {
    private let scratch: ScratchDirectory
    private let key: CacheKey
    private let other: CacheKey
    /// The path of the key's JSON file in a cache named `cache`.
    private let place: String
    private let entry = BackendRequirement.entry("{}", "json")

    init() throws {
        scratch = try ScratchDirectory()
        key = try CacheKey("abcd" + String(repeating: "0", count: 60)).required
        other = try CacheKey("abcd" + String(repeating: "1", count: 60)).required
        place = "cache/ab/cd/\(key).json"
    }

    private func open(_ name: String = "cache", isReadOnly: Bool = false) throws -> FilesystemBackend {
        try FilesystemBackend(root: .path(scratch(name)), isReadOnly: isReadOnly)
    }

    private func expectUnusable(
        _ reason: String,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () throws -> FilesystemBackend
    ) {
        let error = #expect(throws: FSCacheError.self, sourceLocation: sourceLocation) { _ = try body() }
        #expect(error?.code == .unusableStore, sourceLocation: sourceLocation)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")", sourceLocation: sourceLocation)
    }

    private func expectFailure(
        _ code: POSIXErrorCode,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () async throws -> Void
    ) async {
        let error = await #expect(throws: FSCacheError.self, sourceLocation: sourceLocation) { try await body() }
        #expect(error?.code == .storeFailed, sourceLocation: sourceLocation)
        #expect((error?.underlyingError as? POSIXError)?.code == code, sourceLocation: sourceLocation)
    }

    @Test("A replacement that is refused leaves no empty directory", arguments: ["json", "cbor"])
    func refusesWithoutTrace(fileExtension: String) async throws {
        let scratch = try ScratchDirectory()
        let backend = try FilesystemBackend(root: .path(scratch("cache")))
        let before = try scratch.contents(of: "cache")
        let (old, new) = (BackendRequirement.entry("old"), BackendRequirement.entry("new", fileExtension))
        try await #expect(backend.replace(old, with: new, for: BackendRequirement.key("a")) == false)
        try #expect(scratch.contents(of: "cache") == before)
    }

    @Test("An entry is one file, whose path follows from its key")
    func layout() async throws {
        let backend = try open()
        try await backend.write(entry, for: key)
        #expect(
            try scratch.contents(of: "cache") == [
                "CACHEDIR.TAG", "ab", "ab/cd", "ab/cd/\(key).json", "fscache.layout", "tmp", "tmp/0",
            ]
        )
        #expect(try scratch.read(place) == "{}")
        try await #expect(BackendRequirement.listings(backend).map(\.path) == [scratch(place)])
        await backend.close()
        #expect(try scratch.contents(of: "cache/tmp") == [])
    }

    @Test("The root has a cache directory tag and a layout version")
    func tag() throws {
        _ = try open()
        #expect(try scratch.read("cache/CACHEDIR.TAG").hasPrefix("Signature: 8a477f597d28d172789f06886806bc55\n"))
        #expect(try scratch.read("cache/fscache.layout") == "1\n")
    }

    @Test("A directory with foreign files is not marked for exclusion from backups")
    func noTagAmongForeignFiles() throws {
        try scratch.write("mine", to: "cache/notes.txt")
        _ = try open()
        #expect(try scratch.contents(of: "cache") == ["fscache.layout", "notes.txt", "tmp"])
    }

    @Test("A tag that somebody has removed stays removed")
    func tagIsNotForcedUpon() throws {
        _ = try open()
        try FileManager.default.removeItem(atPath: scratch("cache/CACHEDIR.TAG"))
        _ = try open()
        #expect(!FileManager.default.fileExists(atPath: scratch("cache/CACHEDIR.TAG")))
    }

    @Test("By default only the owner can read and write the files")
    func defaultPermissions() async throws {
        let backend = try open("deep/er/cache")
        try await backend.write(entry, for: key)
        for name in [
            "deep", "deep/er", "deep/er/cache", "deep/er/cache/tmp", "deep/er/cache/tmp/0", "deep/er/cache/ab",
            "deep/er/cache/ab/cd",
        ] {
            try #expect(scratch.permissions(of: name) == 0o700, "\(name)")
        }
        for name in ["CACHEDIR.TAG", "fscache.layout", "ab/cd/\(key).json"] {
            try #expect(scratch.permissions(of: "deep/er/cache/\(name)") == 0o600, "\(name)")
        }
        await backend.close()
    }

    @Test("Permissions can be set, and the umask does not reduce them")
    func setPermissions() async throws {
        let backend = try FilesystemBackend(
            root: .path(scratch("cache")),
            filePermissions: 0o666,
            directoryPermissions: 0o2777
        )
        try await backend.write(entry, for: key)
        for name in ["cache", "cache/tmp", "cache/tmp/0", "cache/ab", "cache/ab/cd"] {
            try #expect(scratch.permissions(of: name) == 0o2777, "\(name)")
        }
        try #expect(scratch.permissions(of: place) == 0o666)
        await backend.close()
    }

    @Test("Permissions that would lock out the owner are rejected", arguments: [(0o400, 0o700), (0o600, 0o600)])
    func refusedPermissions(_ file: UInt16, _ directory: UInt16) throws {
        let error = #expect(throws: FSCacheError.self) {
            try FilesystemBackend(
                root: .path(scratch("cache")),
                filePermissions: file,
                directoryPermissions: directory
            )
        }
        #expect(error?.code == .invalidSetting)
        try #expect(scratch.contents() == [])
    }

    @Test("Foreign files are neither listed, read nor removed")
    func foreignFiles() async throws {
        let backend = try open()
        try await backend.write(entry, for: key)
        let name = String(repeating: "0", count: 64)
        let foreign = [
            "notes.txt", "ab/notes.txt", "ab/cd/notes.txt", "ab/cd/.hidden", "ab/cd/\(key)", "ab/cd/\(key).",
            "ab/cd/\(key).json~", "ab/cd/.\(key).json.swp", "ab/cd/\(key).JSON", "ab/cd/\(key).invalid",
            "ab/cd/\(name).json", "ab/cd/\(name.dropLast()).json", "ab/cd/\(key)0.json", "ab/xy/a", "AB/cd/\(key).json",
            "ab/cd/\(key.description.uppercased()).json", "tmp/notes.txt", "tmp/xyz.partial", "tmp/0/notes.txt",
            "tmp/00/1.partial", "abc/d/file", "ef",
        ]
        for name in foreign { try scratch.write("mine", to: "cache/\(name)") }
        try await #expect(BackendRequirement.listings(backend).map(\.path) == [scratch(place)])
        try await backend.write(BackendRequirement.entry("a", "cbor"), for: key)
        try await backend.removeAll()
        try await backend.sweep()
        try await #expect(backend.read(key) == nil)
        try await #expect(backend.remove(key) == false)
        for name in foreign { try #expect(scratch.read("cache/\(name)") == "mine", "\(name)") }
    }

    @Test("Removing entries removes the directories that become empty, and no others")
    func removesEmptyDirectories() async throws {
        let backend = try open()
        try await backend.write(entry, for: key)
        try await backend.write(entry, for: other)
        try await backend.remove(key)
        #expect(try scratch.contents(of: "cache/ab") == ["cd", "cd/\(other).json"])
        try await backend.remove(other)
        #expect(try scratch.contents(of: "cache") == ["CACHEDIR.TAG", "fscache.layout", "tmp", "tmp/0"])
        try await backend.write(entry, for: key)
        try FileManager.default.createDirectory(atPath: scratch("cache/12/34"), withIntermediateDirectories: true)
        try await backend.removeAll()
        await backend.close()
        #expect(try scratch.contents(of: "cache") == ["CACHEDIR.TAG", "fscache.layout", "tmp"])
    }

    @Test("An entry that was set aside keeps its bytes, in a file whose name says so")
    func setAsideFile() async throws {
        let backend = try open()
        try await backend.write(entry, for: key)
        try await backend.setAside(entry, for: key)
        #expect(try scratch.read(place + ".invalid") == "{}")
        try await #expect(BackendRequirement.listings(backend).map(\.path) == [scratch(place) + ".invalid"])
    }

    @Test("An entry that was edited by hand is read as edited")
    func editedByHand() async throws {
        let backend = try open()
        try await backend.write(entry, for: key)
        try scratch.write("[1]", to: place)
        try await #expect(backend.read(key) == BackendRequirement.entry("[1]"))
    }

    @Test(
        "An extension that would leave the directory, or could be mistaken for something else, is rejected",
        arguments: [
            "", ".", "..", "a/b", "../a", "json.", ".json", "a..b", "JSON", "json.invalid", "invalid", "a b", "é",
            "a\0",
        ]
            + [String(repeating: "a", count: 33)]
    )
    func refusedExtension(_ fileExtension: String) async throws {
        let backend = try open()
        let error = await #expect(throws: FSCacheError.self) {
            try await backend.write(BackendRequirement.entry("a", fileExtension), for: key)
        }
        #expect(error?.code == .invalidSetting)
        #expect(throws: FSCacheError.self) {
            try FilesystemBackend(root: .path(scratch("other")), preferredExtension: fileExtension)
        }
        await backend.close()
        #expect(try scratch.contents() == ["cache", "cache/CACHEDIR.TAG", "cache/fscache.layout", "cache/tmp"])
    }

    @Test("A root that is a file, or below one, is rejected at once")
    func rootIsAFile() throws {
        try scratch.write("mine", to: "file")
        expectUnusable("Not a directory") { try open("file") }
        expectUnusable("Not a directory") { try open("file/cache") }
        expectUnusable("Not a directory") { try open("file", isReadOnly: true) }
        #expect(try scratch.read("file") == "mine")
    }

    @Test("A root where nothing can be created is rejected at once")
    func rootCannotBeMade() throws {
        expectUnusable("can't be used as a cache") { try FilesystemBackend(root: .path("/proc/fscache/cache")) }
    }

    @Test("A root with a file in place of its temporary directory is rejected at once")
    func temporariesAreAFile() throws {
        try scratch.write("mine", to: "cache/tmp")
        expectUnusable("tmp is not a directory") { try open() }
        try FileManager.default.removeItem(atPath: scratch("cache/tmp"))
        try FileManager.default.createDirectory(atPath: scratch("elsewhere"), withIntermediateDirectories: true)
        try scratch.link("cache/tmp", to: scratch("elsewhere"))
        expectUnusable("tmp is not a directory") { try open() }
        #expect(try scratch.contents(of: "elsewhere") == [])
    }

    @Test("A root without write permission is rejected at once, and can be opened read-only")
    func unwritableRoot() async throws {
        let backend = try open()
        // Open it as another user, without root's privileges: everything is world-readable.
        try await backend.write(entry, for: key)
        for name in try ["", "cache"] + scratch.contents(of: "cache").map({ "cache/\($0)" }) {
            try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: scratch(name))
        }
        let user = getuid() == 0 ? 65_534 : getuid()
        let message = try await StoreWorkerProcess(["open-as", scratch("cache"), "\(user)"]).finish()
        #expect(message.contains("Permission denied"))
        for name in ["cache/ab/cd", "cache/ab", "cache/tmp", "cache", ""] {
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: scratch(name))
        }
    }

    @Test("A read-only backend serves entries and writes nothing")
    func readOnly() async throws {
        try scratch.write("{}", to: place)
        let before = try scratch.contents()
        let backend = try open(isReadOnly: true)
        try await #expect(backend.read(key) == entry)
        try await #expect(BackendRequirement.listings(backend).count == 1)
        await expectFailure(.EROFS) { try await backend.write(entry, for: other) }
        await expectFailure(.EROFS) { try await backend.remove(key) }
        await expectFailure(.EROFS) { try await backend.removeAll() }
        await expectFailure(.EROFS) { try await backend.setAside(entry, for: key) }
        #expect(try scratch.contents() == before)
        expectUnusable("must exist") { try open("nothing", isReadOnly: true) }
    }

    @Test(
        "A layout with a later version is rejected, and so is an unreadable one",
        arguments: ["2\n", "99", "x"]
    )
    func laterLayout(_ version: String) throws {
        try scratch.write(version, to: "cache/fscache.layout")
        expectUnusable("layout") { try open() }
        expectUnusable("layout") { try open(isReadOnly: true) }
        #expect(try scratch.contents(of: "cache") == ["fscache.layout"])
    }

    @Test("The message about a later layout names the version that reads it, if the layout file does")
    func laterLayoutReader() throws {
        try scratch.write("2\nFSCache 3.1\n", to: "cache/fscache.layout")
        expectUnusable("it has layout 2, which FSCache 3.1 and later versions read") { try open() }
        try scratch.write("2\n\u{1B}[2J\n", to: "cache/fscache.layout")
        expectUnusable("it has layout 2; this version knows layouts up to 1") { try open() }
    }

    @Test("An empty layout file, left by a power failure, is written again")
    func emptyLayout() throws {
        try scratch.write("", to: "cache/fscache.layout")
        _ = try open()
        #expect(try scratch.read("cache/fscache.layout") == "1\n")
    }

    @Test("A full disk is an error; the previous entry stays, and nothing is left behind")
    func fileSizeLimit() async throws {
        try await StoreWorkerProcess(["fill", scratch("cache"), "65536"]).finish()
    }

    @Test("A full file system is an error too; the previous entry stays", .enabled(if: TemporaryFileSystem.isAvailable))
    func fullFileSystem() async throws {
        let mount = "mount -t tmpfs -o size=128k tmpfs \"$0\" && exec \"$@\""
        try FileManager.default.createDirectory(atPath: scratch("disk"), withIntermediateDirectories: true)
        let wrapper = ["unshare", "-rm", "sh", "-c", mount, scratch("disk")]
        try await StoreWorkerProcess(["fill", scratch("disk/cache")], wrapper: wrapper).finish()
    }

    @Test("A directory in an entry's place is an error for reads and writes; it and the other entries stay")
    func directoryInPlace() async throws {
        let backend = try open()
        try await backend.write(entry, for: other)
        try scratch.write("mine", to: place + "/file")
        await expectFailure(.EISDIR) { _ = try await backend.read(key) }
        await expectFailure(.EISDIR) { try await backend.write(entry, for: key) }
        try await #expect(backend.remove(key) == false)
        #expect(try scratch.read(place + "/file") == "mine")
        try await #expect(BackendRequirement.listings(backend).map(\.key) == [other])
        #expect(try scratch.temporaries() == [])
    }

    @Test("A named pipe in an entry's place is an error, and opening it doesn't wait for a writer")
    func pipeInPlace() async throws {
        let backend = try open()
        try await backend.write(entry, for: other)
        let result = unsafe mkfifo(scratch(place), 0o600)
        #expect(result == 0)
        await expectFailure(.EISDIR) { _ = try await backend.read(key) }
        try await backend.write(entry, for: key)
        try await #expect(backend.read(key) == entry)
    }

    /// What somebody else can put in the place of the mark of a replacement.
    enum Planted: CaseIterable {
        case pipe, pipeWithReader, directory, link, danglingLink
    }

    @Test(
        "A foreign file in the place of a mark is an error, not a wait, and the previous entry stays",
        arguments: Planted.allCases
    )
    func plantedMark(_ planted: Planted) async throws {
        let backend = try open()
        try await backend.write(entry, for: key)
        let mark = "cache/tmp/\(key).replacing"
        var reader: CInt = -1
        defer { if reader >= 0 { _ = close(reader) } }
        switch planted {
        case .pipe, .pipeWithReader:
            let result = unsafe mkfifo(scratch(mark), 0o600)
            #expect(result == 0)
            if planted == .pipeWithReader {
                reader = openWithoutWaiting(scratch(mark))
                #expect(reader >= 0)
            }
        case .directory:
            try FileManager.default.createDirectory(atPath: scratch(mark), withIntermediateDirectories: false)
        case .link, .danglingLink:
            if planted == .link { try scratch.write("mine", to: "mine") }
            try FileManager.default.createSymbolicLink(atPath: scratch(mark), withDestinationPath: scratch("mine"))
        }
        let replacement = BackendRequirement.entry("new", "cbor")
        let error = await #expect(throws: FSCacheError.self) { try await backend.write(replacement, for: key) }
        #expect(error?.message.contains("tmp/\(key).replacing") == true, "\(error?.message ?? "")")
        try await #expect(backend.read(key) == entry)
        #expect(FileManager.default.fileExists(atPath: scratch("mine")) == (planted == .link))
        // The lock has been released.
        try await #expect(backend.remove(key))
        try await backend.write(replacement, for: key)
        try await #expect(backend.read(key) == replacement)
    }

    @Test("Another directory in the place of an open one is noticed, read-only or not", arguments: [true, false])
    func noticesReplacement(isReadOnly: Bool) async throws {
        let scratch = try ScratchDirectory()
        let key = CacheKey(hashing: Data("a".utf8))
        func entry(_ text: String) -> EncodedEntry { EncodedEntry(bytes: Data(text.utf8), fileExtension: "cbor") }
        for name in ["cache", "new"] {
            let backend = try FilesystemBackend(root: .path(scratch(name)))
            if name == "new" { try await backend.write(entry("new"), for: key) }
        }
        let open = try FilesystemBackend(root: .path(scratch("cache")), isReadOnly: isReadOnly)
        #expect(try await open.read(key) == nil)
        try FileManager.default.removeItem(atPath: scratch("cache"))
        #expect(isReadOnly ? try await open.read(key) == nil : true, "while it is gone, it is empty")
        try FileManager.default.copyItem(atPath: scratch("new"), toPath: scratch("cache"))
        #expect(try await open.read(key) == entry("new"))
        try FileManager.default.moveItem(atPath: scratch("cache"), toPath: scratch("old"))
        try FileManager.default.moveItem(atPath: scratch("new"), toPath: scratch("cache"))
        #expect(try await open.read(CacheKey(hashing: Data("b".utf8))) == nil)
        #expect(try await open.open(key) != nil)
        if !isReadOnly {
            try await open.write(entry("newer"), for: key)
            #expect(try await FilesystemBackend(root: .path(scratch("cache"))).read(key) == entry("newer"))
        }
    }

    @Test(
        "The store is created again after somebody has removed it",
        arguments: ["cache", "cache/tmp", "cache/tmp/0", "cache/ab"]
    )
    func removedWhileOpen(_ name: String) async throws {
        let backend = try open()
        try await backend.write(entry, for: key)
        try FileManager.default.removeItem(atPath: scratch(name))
        try await #expect((backend.read(key) == nil) == !name.hasPrefix("cache/tmp"))
        try await backend.write(entry, for: key)
        try await #expect(backend.read(key) == entry)
        #expect(try scratch.read(place) == "{}")
    }
}

private func openWithoutWaiting(_ path: String) -> CInt {
    unsafe open(path, O_RDONLY | O_NONBLOCK)
}
