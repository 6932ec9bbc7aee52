public import FSCache
internal import Foundation
internal import HTTPTypes
internal import Synchronization

/// A store that a test can lose and bring back, such as a server that it stops and starts again.
public protocol LosableStore: Sendable {
    /// Opens a backend of the store, which may be lost.
    ///
    /// - Returns: The backend.
    /// - Throws: When the arguments are wrong. A lost store is no reason to throw.
    func open() async throws -> any CacheBackend

    /// Makes the store unreachable: stops its server, or cuts its connections.
    ///
    /// - Throws: When that fails.
    func lose() async throws

    /// Brings the store back, with or without its entries.
    ///
    /// - Throws: When that fails.
    func restore() async throws
}

/// One requirement of stores that can be lost while they are used.
///
/// Verify all of them, each with a new store:
///
/// ```swift
/// @Test("A lost store never fails a request", arguments: LossRequirement.all)
/// func survives(_ requirement: LossRequirement) async throws {
///     try await requirement.verify(MyServer())
/// }
/// ```
public struct LossRequirement: Sendable, CustomStringConvertible {
    /// The requirement in a sentence.
    public let description: String
    private let check: @Sendable (_ store: any LosableStore) async throws -> Void

    /// Checks a store.
    ///
    /// - Parameter store: A new, empty store that works.
    /// - Throws: ``BackendRequirement/Failure`` if it doesn't meet the requirement, and the errors of the store.
    public func verify(_ store: any LosableStore) async throws {
        try await check(store)
    }

    /// All requirements.
    public static let all = [
        LossRequirement(description: "A lost store fails no request, and serves again when it is back") { store in
            let backend = try await store.open()
            let session = CachedSession(cache: ResponseCache(backend: backend), transport: Counter())
            try await requireText(session, "1", "the first response")
            try await requireText(session, "1", "the stored response")
            try await store.lose()
            try await requireText(session, "2", "the response while the store is lost")
            try await session.cache.backend.requireFailure()
            try await requireText(session, "3", "another response while the store is lost")
            try await store.restore()
            try await requireStoring(session)
            await session.close()
        },
        LossRequirement(description: "A store that is lost when it is opened is used when it is back") { store in
            try await store.lose()
            let backend = try await store.open()
            let session = CachedSession(cache: ResponseCache(backend: backend), transport: Counter())
            try await requireText(session, "1", "the response while the store is lost")
            try await store.restore()
            try await requireStoring(session)
            await session.close()
        },
    ]

    private static let url = "https://example.com/lost"

    private static func requireText(_ session: CachedSession, _ expected: String, _ what: String) async throws {
        try await BackendRequirement.requireEqual(session.get(url).text(), expected, what)
    }

    /// Waits until two requests in turn get the same response.
    private static func requireStoring(_ session: CachedSession) async throws {
        for _ in 0..<1000 {
            if try await session.get(url).isFromCache { return }
            // The store isn't tried again for each request, so give the pause time to pass.
            try await Task.sleep(for: .milliseconds(20))
        }
        throw BackendRequirement.Failure(description: "nothing was served from the store after it was back")
    }
}

extension CacheBackend {
    fileprivate func requireFailure() async throws {
        do {
            for try await _ in list(prefix: "") {}
        } catch {
            return
        }
        throw BackendRequirement.Failure(description: "a lost store listed no entries instead of throwing")
    }
}

/// An origin whose responses are the numbers of the requests.
private final class Counter: HTTPTransport {
    private let count = Mutex(0)

    func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse {
        let number = count.withLock { count in
            count += 1
            return count
        }
        return TransportResponse(head: HTTPResponse(status: .ok), body: MessageBody(Data("\(number)".utf8)))
    }
}
