internal import FSCache
internal import Foundation

extension BackendRequirement {
    private static func write(_ texts: [String], to backend: any StreamingBackend, _ name: String) async throws {
        let writer = try await backend.makeWriter(for: key(name), fileExtension: "json", expires: nil)
        for text in texts { try await writer.append(Data(text.utf8)) }
        try await writer.commit()
    }

    static let pieces = [
        BackendRequirement("An entry that is written in pieces is read as a whole", of: (any StreamingBackend).self) {
            backend in
            try await write(["one, ", "", "two, ", "three"], to: backend, "a")
            try await requireEqual(backend.read(key("a")), entry("one, two, three"), "the entry")
            try await write([], to: backend, "a")
            try await requireEqual(backend.read(key("a")), entry(""), "an entry without pieces")
        },
        BackendRequirement("An entry is read in pieces from any place, up to its end", of: (any StreamingBackend).self)
        { backend in
            try await backend.write(entry("0123456789"), for: key("a"))
            guard let reader = try await backend.open(key("a")) else {
                throw Failure(description: "the entry was not found")
            }
            try requireEqual(reader.fileExtension, "json", "the extension")
            try requireEqual(reader.byteCount, 10, "the size")
            try await requireEqual(reader.read(from: 2, upTo: 3), Data("234".utf8), "a piece")
            try await requireEqual(reader.read(from: 8, upTo: 9), Data("89".utf8), "the last piece")
            try await requireEqual(reader.read(from: 10, upTo: 1), Data(), "what comes after the end")
            try await requireEqual(backend.open(key("b")) == nil, true, "whether there is no other entry")
        },
        BackendRequirement(
            "An entry is invisible until it is complete, and the previous one stays",
            of: (any StreamingBackend).self
        ) { backend in
            try await backend.write(entry("before", "cbor"), for: key("a"))
            let writer = try await backend.makeWriter(for: key("a"), fileExtension: "json", expires: nil)
            try await writer.append(Data("after".utf8))
            try await requireEqual(backend.read(key("a")), entry("before", "cbor"), "the entry before the commit")
            try await requireEqual(listings(backend).count, 1, "the number of entries before the commit")
            try await writer.commit()
            try await requireEqual(backend.read(key("a")), entry("after"), "the entry after the commit")
            try await requireEqual(listings(backend).count, 1, "the number of entries after the commit")
        },
        BackendRequirement("A writer that is released leaves nothing behind", of: (any StreamingBackend).self) {
            backend in
            do {
                let writer = try await backend.makeWriter(for: key("a"), fileExtension: "json", expires: nil)
                try await writer.append(Data(count: 300_000))
            }
            try await requireEqual(backend.read(key("a")), nil, "the entry")
            try await requireEqual(listings(backend), [], "what is listed")
        },
        BackendRequirement(
            "Written bytes can be replaced, and read before and after the commit",
            of: (any StreamingBackend).self
        ) { backend in
            let writer = try await backend.makeWriter(for: key("a"), fileExtension: "json", expires: nil)
            try await writer.append(Data("....-body".utf8))
            try await writer.overwrite(at: 0, with: Data("head".utf8))
            try await requireEqual(writer.read(from: 2, upTo: 5), Data("ad-bo".utf8), "what was written")
            try await writer.append(Data("!".utf8))
            try await requireEqual(writer.read(from: 8, upTo: 99), Data("y!".utf8), "the end")
            try await writer.commit()
            try await requireEqual(writer.read(from: 0, upTo: 99), Data("head-body!".utf8), "what was committed")
            try await requireEqual(backend.read(key("a")), entry("head-body!"), "the entry")
        },
        BackendRequirement(
            "A reader continues to read an entry that is replaced and removed",
            of: (any StreamingBackend).self
        ) { backend in
            let bytes = Data((0..<600_000).map { UInt8(truncatingIfNeeded: $0) })
            try await backend.write(EncodedEntry(bytes: bytes, fileExtension: "cbor"), for: key("a"))
            guard let reader = try await backend.open(key("a")) else {
                throw Failure(description: "the entry was not found")
            }
            try await requireEqual(reader.read(from: 0, upTo: 10), bytes.prefix(10), "the first piece")
            try await backend.write(entry("new"), for: key("a"))
            try await backend.remove(key("a"))
            try await requireEqual(reader.read(from: 0, upTo: 600_000), bytes, "the whole entry")
        },
    ]
}
