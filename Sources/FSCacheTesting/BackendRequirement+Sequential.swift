internal import FSCache
internal import Foundation

extension BackendRequirement {
    static let entries = [
        BackendRequirement("An entry is read as it was written, whatever its size and its bytes") { backend in
            for byteCount in [0, 1, 255, 4096, 13_000, 262_144, 262_145, 1_000_000] {
                let bytes = Data((0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 8) })
                let entry = EncodedEntry(bytes: bytes, fileExtension: "cbor")
                try await backend.write(entry, for: key("\(byteCount)"))
                try await require(backend.read(key("\(byteCount)")) == entry, "\(byteCount) bytes came back changed")
            }
        },
        BackendRequirement("Only the bytes of a slice are written") { backend in
            let slice = Data("before, within, after".utf8).dropFirst(8).prefix(6)
            try await backend.write(EncodedEntry(bytes: slice, fileExtension: "json"), for: key("a"))
            try await requireEqual(backend.read(key("a")), entry("within"), "the entry")
        },
        BackendRequirement("The extension comes back with the bytes, that of a stage included") { backend in
            for fileExtension in ["cbor", "json", "json.gz", "yaml.zst.enc", "x-1_2+3"] {
                try await backend.write(entry("a", fileExtension), for: key(fileExtension))
                try await requireEqual(backend.read(key(fileExtension))?.fileExtension, fileExtension, "the extension")
            }
        },
        BackendRequirement("A key without an entry gives nothing") { backend in
            try await requireEqual(backend.read(key("a")), nil, "an entry that was never written")
            try await requireEqual(backend.remove(key("a")), false, "whether it was removed")
            try await requireEqual(listings(backend), [], "what is listed")
        },
        BackendRequirement("Keys that differ only in the last digit have different entries") { backend in
            let digits = key("a").description.dropLast()
            for last in "0123456789abcdef" {
                guard let key = CacheKey(digits + String(last)) else { continue }
                try await backend.write(entry("\(last)"), for: key)
            }
            try await requireEqual(listings(backend).count, 16, "the number of entries")
            guard let seventh = CacheKey(digits + "7") else { return }
            try await requireEqual(backend.read(seventh), entry("7"), "the entry")
            try await backend.remove(seventh)
            try await requireEqual(listings(backend).count, 15, "the number of entries after one was removed")
        },
        BackendRequirement("Removing an entry removes only that entry") { backend in
            try await backend.write(entry("a"), for: key("a"))
            try await backend.write(entry("b"), for: key("b"))
            try await requireEqual(backend.remove(key("a")), true, "whether it was removed")
            try await requireEqual(backend.remove(key("a")), false, "whether it was removed again")
            try await requireEqual(backend.read(key("a")), nil, "the removed entry")
            try await requireEqual(backend.read(key("b")), entry("b"), "the other entry")
        },
    ]

    static let reading = [
        BackendRequirement(
            "Reading at once finds the same entry, or says that it takes longer",
            of: (any ImmediateBackend).self
        ) { backend in
            try requireMissing(backend.readNow(key("a")), "an entry that was never written")
            try requireEqual(backend.identity(of: key("a")), nil, "its identity")
            for byteCount in [0, 1, 4096, 1_000_000] {
                let written = EncodedEntry(bytes: Data(count: byteCount), fileExtension: "cbor")
                try await backend.write(written, for: key("a"))
                switch try backend.readNow(key("a")) {
                case .entry(let read, _): try requireEqual(read, written, "the entry")
                case .later: break
                case .missing: throw Failure(description: "an entry of \(byteCount) bytes was not found")
                }
            }
            try await backend.remove(key("a"))
            try requireMissing(backend.readNow(key("a")), "the removed entry")
        },
        BackendRequirement("An entry's identity changes with the entry", of: (any ImmediateBackend).self) { backend in
            var seen: Set<EntryIdentity> = []
            for text in ["one", "two", "two", "six"] {
                try await backend.write(entry(text, "cbor"), for: key("a"))
                guard case .entry(_, let identity?) = try backend.readNow(key("a")) else { return }
                try requireEqual(backend.identity(of: key("a")), identity, "the identity")
                guard case .entry(_, identity) = try backend.readNow(key("a")) else {
                    throw Failure(description: "the identity changed without a write")
                }
                if let last = seen.first {
                    try require(last != identity, "the identity stayed although \(text) is new")
                }
                seen = [identity]
            }
            try await backend.remove(key("a"))
            try requireEqual(backend.identity(of: key("a")), nil, "the identity of a removed entry")
        },
    ]

    package static let replacing = [
        BackendRequirement("A write replaces the entry") { backend in
            for text in ["first, and longer", "second", ""] {
                try await backend.write(entry(text), for: key("a"))
                try await requireEqual(backend.read(key("a")), entry(text), "the entry")
            }
            try await requireEqual(listings(backend).count, 1, "the number of entries")
        },
        BackendRequirement("A write replaces the entry of another format; a key never has two") { backend in
            for fileExtension in ["json", "cbor", "yaml", "cbor", "bson", "json.gz", "json"] {
                try await backend.write(entry(fileExtension, fileExtension), for: key("a"))
                try await requireEqual(backend.read(key("a")), entry(fileExtension, fileExtension), "the entry")
                try await requireEqual(listings(backend).map(\.fileExtension), [fileExtension], "what is listed")
            }
        },
    ]

    static let settingAside = [
        BackendRequirement(
            "An entry that was set aside is no longer read, and is listed as set aside",
            of: (any QuarantiningBackend).self
        ) { backend in
            try await backend.write(entry("bad"), for: key("a"))
            try await backend.setAside(entry("bad"), for: key("a"))
            try await requireEqual(backend.read(key("a")), nil, "the entry")
            let listed = try await listings(backend)
            try requireEqual(listed.map(\.isSetAside), [true], "what is listed as set aside")
            try requireEqual(listed.map(\.byteCount), [3], "its size")
            try requireEqual(listed.map(\.fileExtension), ["json"], "its extension")
        },
        BackendRequirement(
            "A new entry leaves the one set aside in place; removing the key removes both",
            of: (any QuarantiningBackend).self
        ) { backend in
            try await backend.write(entry("bad"), for: key("a"))
            try await backend.setAside(entry("bad"), for: key("a"))
            try await backend.write(entry("good", "cbor"), for: key("a"))
            try await requireEqual(backend.read(key("a")), entry("good", "cbor"), "the entry")
            try await requireEqual(Set(listings(backend).map(\.isSetAside)), [true, false], "what is listed")
            try await requireEqual(backend.remove(key("a")), true, "whether it was removed")
            try await requireEqual(listings(backend), [], "what is listed after the removal")
        },
        BackendRequirement("Only the last entry of a key is kept aside", of: (any QuarantiningBackend).self) {
            backend in
            for (text, fileExtension) in [("bad", "json"), ("worse", "cbor"), ("worst one", "cbor")] {
                try await backend.write(entry(text, fileExtension), for: key("a"))
                try await backend.setAside(entry(text, fileExtension), for: key("a"))
            }
            try await requireEqual(listings(backend).map(\.byteCount), [9], "the sizes of what is kept aside")
        },
        BackendRequirement("A key without an entry has nothing to set aside", of: (any QuarantiningBackend).self) {
            backend in
            try await backend.setAside(entry("a"), for: key("a"))
            try await requireEqual(listings(backend), [], "what is listed")
        },
        BackendRequirement(
            "An entry that has been replaced is not set aside",
            of: (any QuarantiningBackend).self
        ) { backend in
            try await backend.write(entry("good"), for: key("a"))
            try await backend.setAside(entry("bad"), for: key("a"))
            try await backend.setAside(entry("good", "cbor"), for: key("a"))
            try await requireEqual(backend.read(key("a")), entry("good"), "the entry")
            try await requireEqual(listings(backend).map(\.isSetAside), [false], "what is listed")
        },
    ]

    static let comparing = [
        BackendRequirement(
            "An entry is replaced or removed only while it is what was read",
            of: (any ComparingBackend).self
        ) { backend in
            let (old, new) = (entry("old"), entry("new", "cbor"))
            try await requireEqual(backend.replace(old, with: new, for: key("a")), false, "replacing what isn't there")
            try await requireEqual(backend.replace(old, with: nil, for: key("a")), false, "removing what isn't there")
            try await requireEqual(backend.replace(nil, with: old, for: key("a")), true, "writing the first entry")
            try await requireEqual(backend.replace(nil, with: new, for: key("a")), false, "writing a second entry")
            for other in [entry("odd"), entry("older"), entry("old", "yaml")] {
                try await requireEqual(backend.replace(other, with: new, for: key("a")), false, "replacing another")
                try await requireEqual(backend.replace(other, with: nil, for: key("a")), false, "removing another")
            }
            try await requireEqual(backend.read(key("a")), old, "the entry")
            try await requireEqual(backend.replace(old, with: new, for: key("a")), true, "replacing what was read")
            try await requireEqual(backend.read(key("a")), new, "the new entry")
            try await requireEqual(listings(backend).count, 1, "the number of entries")
            try await requireEqual(backend.replace(new, with: nil, for: key("a")), true, "removing what was read")
            try await requireEqual(listings(backend), [], "what is left")
        },
        BackendRequirement(
            "An entry that was set aside is no entry to replace, and stays",
            of: (any ComparingBackend & QuarantiningBackend).self
        ) { backend in
            try await backend.write(entry("bad"), for: key("a"))
            try await backend.setAside(entry("bad"), for: key("a"))
            try await requireEqual(backend.replace(entry("bad"), with: nil, for: key("a")), false, "removing it")
            try await requireEqual(backend.replace(nil, with: entry("good"), for: key("a")), true, "writing an entry")
            try await requireEqual(backend.replace(entry("good"), with: nil, for: key("a")), true, "removing the entry")
            try await requireEqual(listings(backend).map(\.isSetAside), [true], "what is left")
        },
        BackendRequirement(
            "An entry that was opened is replaced, removed or set aside only while it is the same",
            of: (any ComparingBackend & StreamingBackend & QuarantiningBackend).self
        ) { backend in
            // Large enough for stores that keep a large entry in another way than a small one.
            func large(_ byte: UInt8) -> EncodedEntry {
                EncodedEntry(bytes: Data(repeating: byte, count: 600_000), fileExtension: "cbor")
            }
            for (old, new) in [(entry("old"), entry("new")), (large(1), large(2))] {
                try await backend.write(old, for: key("a"))
                let replaced = try await backend.open(key("a"))
                try await backend.write(new, for: key("a"))
                try await requireEqual(backend.replace(replaced, with: old, for: key("a")), false, "replacing another")
                try await requireEqual(backend.replace(replaced, with: nil, for: key("a")), false, "removing another")
                if let replaced { try await backend.setAside(replaced, for: key("a")) }
                try await requireEqual(backend.read(key("a")), new, "the entry")
                let opened = try await backend.open(key("a"))
                try await requireEqual(backend.replace(opened, with: old, for: key("a")), true, "replacing it")
                try await requireEqual(backend.read(key("a")), old, "the new entry")
                let last = try await backend.open(key("a"))
                try await requireEqual(backend.replace(last, with: nil, for: key("a")), true, "removing it")
                try await requireEqual(backend.replace(last, with: nil, for: key("a")), false, "removing it again")
                try await backend.write(new, for: key("a"))
                if let bad = try await backend.open(key("a")) { try await backend.setAside(bad, for: key("a")) }
                try await requireEqual(listings(backend).map(\.isSetAside), [true], "what is set aside")
                try await backend.remove(key("a"))
            }
        },
        BackendRequirement("Of many that replace one entry, one succeeds", of: (any ComparingBackend).self) { backend in
            try await backend.write(entry("0"), for: key("a"))
            for round in 1...20 {
                let old = try await backend.read(key("a"))
                let count = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for fileExtension in ["json", "cbor", "yaml", "bson"] {
                        group.addTask {
                            try await backend.replace(old, with: entry("\(round)", fileExtension), for: key("a"))
                        }
                    }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                try requireEqual(count, 1, "the number of successes")
                try await requireEqual(listings(backend).count, 1, "the number of entries")
            }
        },
    ]

    static let clearing = [
        BackendRequirement(
            "All entries can be removed at once, including those set aside, and written again",
            of: (any ClearableBackend).self
        ) { backend in
            for number in 0..<50 { try await backend.write(entry("\(number)"), for: key("\(number)")) }
            try await (backend as? any QuarantiningBackend)?.setAside(entry("7"), for: key("7"))
            try await backend.removeAll()
            try await requireEqual(listings(backend), [], "what is listed")
            try await requireEqual(backend.read(key("1")), nil, "a removed entry")
            try await backend.write(entry("1"), for: key("1"))
            try await requireEqual(backend.read(key("1")), entry("1"), "the entry written afterwards")
        }
    ]

    static let listing = [
        BackendRequirement("A listing tells key, extension, size and time of writing") { backend in
            let start = Date(timeIntervalSinceNow: -60)
            try await backend.write(entry("twelve bytes", "yaml"), for: key("a"))
            let listed = try await listings(backend)
            try requireEqual(listed.map(\.key), [key("a")], "the key")
            try requireEqual(listed.map(\.fileExtension), ["yaml"], "the extension")
            try requireEqual(listed.map(\.byteCount), [12], "the size")
            try require(
                listed.allSatisfy { (start...Date(timeIntervalSinceNow: 60)).contains($0.modifiedAt) },
                "the time"
            )
        },
        BackendRequirement("A prefix of any length selects the entries whose keys start with it") { backend in
            let keys = (0..<300).map { key("\($0)") }
            for (number, key) in keys.enumerated() { try await backend.write(entry("\(number)"), for: key) }
            try await requireEqual(listings(backend).map(\.key), keys.sorted(), "all keys")
            for length in [1, 2, 3, 4, 5, 63, 64] {
                let prefix = String(keys[0].description.prefix(length))
                let expected = keys.filter { $0.description.hasPrefix(prefix) }.sorted()
                try await requireEqual(listings(backend, prefix: prefix).map(\.key), expected, "keys with \(prefix)")
            }
            for prefix in ["x", "..", "/", String(repeating: "0", count: 65)] {
                try await requireEqual(listings(backend, prefix: prefix), [], "keys with \(prefix)")
            }
        },
        BackendRequirement("A listing that is left early does no harm") { backend in
            for number in 0..<20 { try await backend.write(entry("\(number)"), for: key("\(number)")) }
            for try await _ in backend.list(prefix: "") { break }
            try await requireEqual(listings(backend).count, 20, "the number of entries")
        },
        BackendRequirement("Entries can be removed while they are listed") { backend in
            for number in 0..<100 { try await backend.write(entry("\(number)"), for: key("\(number)")) }
            var count = 0
            for try await listing in backend.list(prefix: "") {
                try await backend.remove(listing.key)
                count += 1
            }
            try requireEqual(count, 100, "the number of listings")
            try await requireEqual(listings(backend), [], "what is left")
        },
        BackendRequirement("The count is the number of listed entries", of: (any CountingBackend).self) { backend in
            try await requireEqual(backend.count(), 0, "the count at first")
            for number in 0..<50 { try await backend.write(entry("\(number)"), for: key("\(number)")) }
            try await backend.write(entry("again", "yaml"), for: key("0"))
            try await backend.remove(key("1"))
            try await (backend as? any QuarantiningBackend)?.setAside(entry("2"), for: key("2"))
            try await requireEqual(backend.count(), 49, "the count")
            try await requireEqual(listings(backend).count, 49, "the number of listings")
        },
        BackendRequirement("A scan has what a listing has, with the bytes", of: (any ScanningBackend).self) { backend in
            for number in 0..<300 { try await backend.write(entry("\(number)"), for: key("\(number)")) }
            try await backend.write(entry(String(repeating: "large", count: 100_000)), for: key("large"))
            if let backend = backend as? any QuarantiningBackend {
                try await backend.setAside(entry("2"), for: key("2"))
            }
            for prefix in ["", String(key("large").description.prefix(1)), key("5").description, "x"] {
                let listed = try await listings(backend, prefix: prefix)
                var scanned: [ScannedEntry] = []
                for try await batch in backend.scan(prefix: prefix) { scanned += batch }
                scanned.sort { ($0.listing.key, $0.listing.fileExtension) < ($1.listing.key, $1.listing.fileExtension) }
                try requireEqual(scanned.map(\.listing), listed, "the listings with \(prefix)")
                for scanned in scanned {
                    guard let entry = scanned.entry else {
                        let mayLack = scanned.listing.isSetAside || scanned.listing.key == key("large")
                        try require(mayLack, "\(scanned.listing.key) has no bytes")
                        continue
                    }
                    try await requireEqual(entry, backend.read(scanned.listing.key), "the entry \(scanned.listing.key)")
                }
            }
        },
    ]

    static let closing = [
        BackendRequirement("A closed backend refuses everything with a clear error, and can be closed again") {
            backend in
            try await backend.write(entry("a"), for: key("a"))
            await backend.close()
            await backend.close()
            try await requireClosed("read") { _ = try await backend.read(key("a")) }
            try await requireClosed("write") { try await backend.write(entry("a"), for: key("a")) }
            try await requireClosed("remove") { try await backend.remove(key("a")) }
            try await requireClosed("list") { _ = try await listings(backend) }
            if let backend = backend as? any CountingBackend {
                try await requireClosed("count") { _ = try await backend.count() }
            }
            if let backend = backend as? any ScanningBackend {
                try await requireClosed("scan") { for try await _ in backend.scan(prefix: "") {} }
            }
            if let backend = backend as? any ImmediateBackend {
                try await requireClosed("readNow") { _ = try backend.readNow(key("a")) }
                try requireEqual(backend.identity(of: key("a")), nil, "an identity after closing")
            }
            if let backend = backend as? any StreamingBackend {
                try await requireClosed("open") { _ = try await backend.open(key("a")) }
                try await requireClosed("makeWriter") {
                    _ = try await backend.makeWriter(for: key("a"), fileExtension: "json", expires: nil)
                }
            }
            if let backend = backend as? any QuarantiningBackend {
                try await requireClosed("setAside") { try await backend.setAside(entry("a"), for: key("a")) }
            }
            if let backend = backend as? any ClearableBackend {
                try await requireClosed("removeAll") { try await backend.removeAll() }
            }
        }
    ]

    private static func requireMissing(_ read: ImmediateRead, _ what: String) throws {
        if case .entry = read { throw Failure(description: "\(what) was found") }
    }

    private static func requireClosed(_ what: String, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as FSCacheError where error.code == .closed {
            return
        }
        throw Failure(description: "\(what) went through on a closed backend")
    }
}
