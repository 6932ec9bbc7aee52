import FSCache
import Foundation

/// One requirement of storage backends, or of those with a refinement.
///
/// It depends on no test framework.
struct BackendRequirement: Sendable, CustomStringConvertible {
    /// A description of a requirement that a backend doesn't meet.
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    let description: String
    /// Checks a new, empty backend, unless it lacks the refinement.
    let verify: @Sendable (_ backend: any CacheBackend) async throws -> Void

    init(_ description: String, verify: @escaping @Sendable (any CacheBackend) async throws -> Void) {
        self.description = description
        self.verify = verify
    }

    /// Makes a requirement only for backends with a refinement.
    init<Refinement>(
        _ description: String,
        of refinement: Refinement.Type,
        verify: @escaping @Sendable (Refinement) async throws -> Void
    ) {
        self.init(description) { backend in
            if let refined = backend as? Refinement { try await verify(refined) }
        }
    }

    static let all =
        entries + reading + pieces + replacing + settingAside + clearing + listing + concurrency + closing
}

extension BackendRequirement {
    static func require(_ condition: Bool, _ message: @autoclosure () -> String) throws {
        guard condition else { throw Failure(description: message()) }
    }

    static func requireEqual<Value: Equatable>(_ value: Value, _ expected: Value, _ what: String) throws {
        try require(value == expected, "\(what): \(value) instead of \(expected)")
    }

    static func key(_ text: String) -> CacheKey { CacheKey(hashing: Data(text.utf8)) }

    static func entry(_ text: String, _ fileExtension: String = "json") -> EncodedEntry {
        EncodedEntry(bytes: Data(text.utf8), fileExtension: fileExtension)
    }

    static func listings(_ backend: any CacheBackend, prefix: String = "") async throws -> [EntryListing] {
        var listings: [EntryListing] = []
        for try await listing in backend.list(prefix: prefix) { listings.append(listing) }
        return listings.sorted { ($0.key, $0.fileExtension) < ($1.key, $1.fileExtension) }
    }
}
