internal import FSCache
internal import Foundation

extension BackendRequirement {
    private static let extensions = ["cbor", "json", "yaml", "bson"]

    static let concurrency = [
        BackendRequirement("Readers always see a whole entry while many writers replace it") { backend in
            let key = key("a")
            try await backend.write(VerifiableEntry.make(key, "json", seed: 0, wordCount: 10), for: key)
            try await withThrowingTaskGroup { group in
                for task in 0..<4 {
                    group.addTask {
                        var generator = SeededGenerator(seed: UInt64(task))
                        for _ in 0..<100 {
                            let fileExtension = extensions[.random(in: 0..<4, using: &generator)]
                            let wordCount = Int.random(in: 0..<3_000, using: &generator)
                            let seed = generator.next()
                            let entry = VerifiableEntry.make(key, fileExtension, seed: seed, wordCount: wordCount)
                            try await backend.write(entry, for: key)
                        }
                    }
                    group.addTask {
                        for _ in 0..<300 {
                            guard let entry = try await backend.read(key) else {
                                throw Failure(description: "An entry that is only ever replaced was not found.")
                            }
                            if let problem = VerifiableEntry.problem(in: entry, of: key) {
                                throw Failure(description: problem)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await requireEqual(listings(backend).count, 1, "the number of entries that are left")
        },
        BackendRequirement("Concurrent writes, removals and listings leave every key with one entry or none") {
            backend in
            let keys = (0..<6).map { key("\($0)") }
            try await withThrowingTaskGroup { group in
                for task in 0..<6 {
                    group.addTask {
                        var generator = SeededGenerator(seed: UInt64(task) + 100)
                        for _ in 0..<80 {
                            let key = keys[.random(in: 0..<6, using: &generator)]
                            let fileExtension = extensions[.random(in: 0..<4, using: &generator)]
                            let seed = generator.next()
                            try await backend.write(
                                VerifiableEntry.make(key, fileExtension, seed: seed, wordCount: 20),
                                for: key
                            )
                            try await backend.remove(keys[.random(in: 0..<6, using: &generator)])
                            _ = try await listings(backend)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let listed = try await listings(backend)
            try requireEqual(Set(listed.map(\.key)).count, listed.count, "the number of keys that are left")
            for listing in listed {
                guard let entry = try await backend.read(listing.key) else {
                    throw Failure(description: "\(listing) is listed and can't be read.")
                }
                if let problem = VerifiableEntry.problem(in: entry, of: listing.key) {
                    throw Failure(description: problem)
                }
            }
        },
    ]
}
