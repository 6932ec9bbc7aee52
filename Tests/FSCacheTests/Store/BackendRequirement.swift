import FSCache
import Foundation

/// One thing that every storage backend must do.
///
/// It knows no test framework, so that any can run it.
struct BackendRequirement: Sendable, CustomStringConvertible {
    /// What a backend did not do as it must.
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    var description: String
    /// Puts a new, empty backend to the test.
    var verify: @Sendable (_ backend: any CacheBackend) async throws -> Void

    init(_ description: String, verify: @escaping @Sendable (any CacheBackend) async throws -> Void) {
        self.description = description
        self.verify = verify
    }

    static let all = entries + pieces + replacing + settingAside + listing + concurrency + closing
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
