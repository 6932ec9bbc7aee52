public import FSCache
internal import Foundation

/// One requirement of storage backends, or of those with a refinement.
///
/// To prove that your backend keeps its promises, verify all requirements, each with a new backend. With Swift Testing:
///
/// ```swift
/// @Test("The backend meets every requirement", arguments: BackendRequirement.all)
/// func meets(_ requirement: BackendRequirement) async throws {
///     try await requirement.verify(MyBackend())
/// }
/// ```
///
/// It depends on no test framework.
public struct BackendRequirement: Sendable, CustomStringConvertible {
    /// A description of a requirement that a backend doesn't meet.
    public struct Failure: Error, CustomStringConvertible {
        /// What the backend did, and what it should have done.
        public var description: String
    }

    /// The requirement in a sentence.
    public let description: String
    private let check: @Sendable (_ backend: any CacheBackend) async throws -> Void

    init(_ description: String, verify: @escaping @Sendable (any CacheBackend) async throws -> Void) {
        self.description = description
        self.check = verify
    }

    /// Checks a backend.
    ///
    /// A backend without the refinement that the requirement is about passes.
    ///
    /// - Parameter backend: A new, empty backend that nothing else uses. Close it afterwards.
    /// - Throws: ``Failure`` if it doesn't meet the requirement, and the backend's own errors.
    public func verify(_ backend: any CacheBackend) async throws {
        try await check(backend)
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

    /// All requirements: of ``/FSCache/CacheBackend`` and of each of its refinements.
    public static let all =
        entries + reading + pieces + replacing + settingAside + comparing + clearing + listing + expiring + leasing
        + concurrency
        + closing
}

extension BackendRequirement {
    static func require(_ condition: Bool, _ message: @autoclosure () -> String) throws {
        guard condition else { throw Failure(description: message()) }
    }

    static func requireEqual<Value: Equatable>(_ value: Value, _ expected: Value, _ what: String) throws {
        try require(value == expected, "\(what): \(value) instead of \(expected)")
    }

    package static func key(_ text: String) -> CacheKey { CacheKey(hashing: Data(text.utf8)) }

    package static func entry(_ text: String, _ fileExtension: String = "json") -> EncodedEntry {
        EncodedEntry(bytes: Data(text.utf8), fileExtension: fileExtension)
    }

    package static func listings(_ backend: any CacheBackend, prefix: String = "") async throws -> [EntryListing] {
        var listings: [EntryListing] = []
        for try await listing in backend.list(prefix: prefix) { listings.append(listing) }
        return listings.sorted { ($0.key, $0.fileExtension) < ($1.key, $1.fileExtension) }
    }
}
