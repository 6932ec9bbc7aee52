public import FSCache
internal import Foundation
internal import HTTPTypes

/// A store in a directory that a test uses while system calls fail.
public protocol FileStore: Sendable {
    /// The path of the directory that has all of the store's files, without symbolic links.
    var directory: String { get }

    /// Opens a backend of the store.
    ///
    /// - Returns: The backend.
    /// - Throws: When the store can't be used.
    func open() async throws -> any CacheBackend

    /// Checks the files of the store, after all backends have been closed. Called after each fault.
    ///
    /// - Throws: When there is something that shouldn't be, such as a temporary file that nothing will remove.
    func check() async throws
}

/// One requirement of backends over files, whose system calls may fail.
///
/// Verify all of them, each with a store in a new directory:
///
/// ```swift
/// @Test("No failing system call does harm", arguments: FaultRequirement.all)
/// func withstands(_ requirement: FaultRequirement) async throws {
///     try await requirement.verify(MyFiles(directory: newDirectory()))
/// }
/// ```
///
/// Each runs an operation again and again, and lets each of its system calls in turn fail: with `EIO`, `ENOSPC`, `EMFILE` and
/// `EINTR`, once and from then on, and with half of the bytes. Afterwards the entry must be as it was or as it should be,
/// and the others must be unchanged. It depends on no test framework, and works where ``FileFaults/areAvailable`` is
/// true.
public struct FaultRequirement: Sendable, CustomStringConvertible {
    /// A description of what went wrong.
    public struct Failure: Error, CustomStringConvertible {
        /// What the backend did, and what it should have done.
        public var description: String

        /// Makes a description, for ``FileStore/check()`` to throw.
        ///
        /// - Parameter description: What the backend did, and what it should have done.
        public init(description: String) {
            self.description = description
        }
    }

    /// The requirement in a sentence.
    public let description: String
    /// Runs the operation on a backend whose key has the old entry, and returns what the key must have then.
    private let operation: @Sendable (any CacheBackend) async throws -> EncodedEntry?
    /// What the key may have after a failure, besides the old entry.
    private let outcome: EncodedEntry?
    private let mayThrow: Bool

    private init(
        _ description: String,
        _ outcome: EncodedEntry?,
        mayThrow: Bool = true,
        operation: @escaping @Sendable (any CacheBackend) async throws -> EncodedEntry?
    ) {
        self.description = description
        self.outcome = outcome
        self.mayThrow = mayThrow
        self.operation = operation
    }

    /// Checks a store.
    ///
    /// - Parameter store: A store in a new directory.
    /// - Returns: How many faults it withstood.
    /// - Throws: ``Failure`` if it doesn't meet the requirement, and the errors of the store.
    @discardableResult
    public func verify(_ store: some FileStore) async throws -> Int {
        let callCount = try await run(store) { try await FileFaults.recorded(below: store.directory, $0).count }
        var faultCount = 0
        let faults = [POSIXErrorCode.EIO, .ENOSPC, .EMFILE, .EINTR].map(FileFault.error) + [.shortTransfer]
        // A call more, because an operation may make more calls after a failure.
        for position in 1...(callCount + 1) {
            for fault in faults {
                for last in fault == .error(.EINTR) ? [position] : [position, .max] {
                    let repetition = last == position ? "once" : "from then on"
                    do {
                        try await run(store) { work in
                            try await FileFaults.injecting(fault, at: position...last, below: store.directory, work)
                        }
                    } catch let failure as Failure {
                        throw Failure(description: "\(fault) at call \(position), \(repetition): \(failure)")
                    }
                    faultCount += 1
                }
            }
        }
        return faultCount
    }

    private static let key = CacheKey(hashing: Data("a".utf8))
    private static let other = CacheKey(hashing: Data("b".utf8))
    private static let old = EncodedEntry(bytes: Data("old".utf8), fileExtension: "json")
    private static let new = EncodedEntry(bytes: Data(repeating: 7, count: 100_000), fileExtension: "cbor")

    /// Prepares the store, runs the operation, and checks the store.
    private func run<Value>(
        _ store: some FileStore,
        _ watch: (() async throws -> Void) async throws -> Value
    ) async throws -> Value where Value: Sendable {
        let backend = try await store.open()
        try await backend.write(Self.old, for: Self.key)
        try await backend.write(Self.new, for: Self.other)
        var result: Result<EncodedEntry?, any Error> = .success(nil)
        let value = try await watch {
            do {
                result = .success(try await operation(backend))
            } catch {
                result = .failure(error)
            }
        }
        await backend.close()
        try await check(store, result)
        try await store.check()
        return value
    }

    private func check(_ store: some FileStore, _ result: Result<EncodedEntry?, any Error>) async throws {
        let allowed: [EncodedEntry?]
        switch result {
        case .success(let entry): allowed = [entry]
        case .failure(let failure as Failure): throw failure
        case .failure(let error):
            guard mayThrow else { throw Failure(description: "the operation threw \(error)") }
            guard error is FSCacheError else { throw Failure(description: "\(type(of: error)) was thrown: \(error)") }
            allowed = [Self.old, outcome]
        }
        let backend = try await store.open()
        defer { Task { await backend.close() } }
        let entry = try await backend.read(Self.key)
        guard allowed.contains(entry) else {
            throw Failure(description: "afterwards the key has \(Self.describe(entry)), after \(result)")
        }
        guard try await backend.read(Self.other) == Self.new else {
            throw Failure(description: "the entry of another key has changed")
        }
    }

    private static func describe(_ entry: EncodedEntry?) -> String {
        guard let entry else { return "no entry" }
        return "\(entry.bytes.count) bytes of \(entry.fileExtension)"
    }
}

extension FaultRequirement {
    /// All requirements.
    public static let all = [
        FaultRequirement("A failing write leaves the old entry or the new one", new) { backend in
            try await backend.write(new, for: key)
            return new
        },
        FaultRequirement("A failing removal leaves the entry or none", nil) { backend in
            try await backend.remove(key)
            return nil
        },
        FaultRequirement("A failing read throws, and returns no wrong entry", old) { backend in
            let entry = try await backend.read(key)
            guard entry == old else { throw Failure(description: "a read returned \(describe(entry))") }
            return old
        },
        FaultRequirement("A failing listing throws, and lists no wrong entry", old) { backend in
            for try await listing in backend.list(prefix: "") where listing.key != key && listing.key != other {
                throw Failure(description: "\(listing) was listed")
            }
            return old
        },
        FaultRequirement("A failing write in pieces leaves the old entry or the new one", new) { backend in
            guard let streaming = backend as? any StreamingBackend else { return old }
            let writer = try await streaming.makeWriter(for: key, fileExtension: new.fileExtension, expires: nil)
            try await writer.append(new.bytes.prefix(50_000))
            try await writer.append(new.bytes.dropFirst(50_000))
            try await writer.commit()
            return new
        },
        FaultRequirement("A failing comparison and replacement leaves the old entry or the new one", new) { backend in
            guard let comparing = backend as? any ComparingBackend else { return old }
            return try await comparing.replace(old, with: new, for: key) ? new : old
        },
        FaultRequirement("Setting an entry aside, if that fails, leaves it or sets it aside", nil) { backend in
            guard let quarantining = backend as? any QuarantiningBackend else { return old }
            try await quarantining.setAside(old, for: key)
            return nil
        },
        FaultRequirement("No request fails that the origin answers", nil, mayThrow: false) { backend in
            let session = CachedSession(cache: ResponseCache(backend: backend), transport: Answer())
            for _ in 0..<2 {
                let response = try await session.get("https://example.com/fault")
                guard response.body == new.bytes else {
                    throw Failure(description: "the response has \(response.body.count) bytes")
                }
            }
            return old
        },
    ]
}

/// An origin with one answer.
private struct Answer: HTTPTransport {
    func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse {
        TransportResponse(
            head: HTTPResponse(status: .ok),
            body: MessageBody(Data(repeating: 7, count: 100_000))
        )
    }
}
