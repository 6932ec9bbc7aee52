import FSCache
import Foundation
import HTTPTypes
import Synchronization

/// Answers requests by the stubs of a test.
final class StubTransport: Sendable {
    private let stubs: [CacheKey: [Stub]]
    private let outer: StubTransport?
    private let positions = Mutex<[CacheKey: Int]>([:])
    private let invalidURL: String?

    /// - Parameters:
    ///   - stubs: The stubs.
    ///   - outer: Answers what these don't.
    init(_ stubs: [Stub], over outer: StubTransport? = nil) {
        var byKey: [CacheKey: [Stub]] = [:]
        var invalidURL: String?
        for stub in stubs {
            guard let key = try? Self.key(of: HTTPRequest(method: stub.method, target: TargetURL(stub.url))) else {
                invalidURL = stub.url
                continue
            }
            byKey[key, default: []].append(stub)
        }
        self.stubs = byKey
        self.invalidURL = invalidURL
        self.outer = outer
    }

    /// How many requests have been answered.
    var answeredCount: Int { positions.withLock { $0.values.reduce(0, +) } + (outer?.answeredCount ?? 0) }

    /// The method and the URL of a request, so that a stub answers it whatever its header fields and content.
    private static func key(of request: HTTPRequest) throws(FSCacheError) -> CacheKey {
        var bare = request
        bare.headerFields = [:]
        return try NormalizedRequest(bare, matching: matching).key
    }

    private static let matching = RequestMatching()

    /// The next stub for a request; `nil` if there is none.
    ///
    /// - Throws: ``/FSCache/FSCacheError/Code/invalidURL`` if the URL of a stub is invalid.
    func next(for request: HTTPRequest) throws(FSCacheError) -> Stub? {
        if let invalidURL {
            throw FSCacheError(.invalidURL, "A stub has the URL \(invalidURL.debugDescription), which is not absolute.")
        }
        guard !stubs.isEmpty else { return try outer?.next(for: request) }
        let key = try Self.key(of: request)
        guard let stubs = stubs[key], !stubs.isEmpty else { return try outer?.next(for: request) }
        let position = positions.withLock { positions in
            defer { positions[key, default: 0] += 1 }
            return positions[key] ?? 0
        }
        return stubs[min(position, stubs.count - 1)]
    }

    /// The error for a request that no stub answers.
    func miss(_ request: HTTPRequest) -> any Error {
        do {
            let record = try StoredResponse.Request(request, redacting: Self.matching)
            let stubbed = stubs.values.joined().map { StoredResponse.Request(method: $0.method, url: $0.url) }
            let explanation = MissExplanation(of: record, among: stubbed, advice: "Add a stub for it.")
            return FSCacheError(.offline, "\(explanation)", explanation: explanation)
        } catch {
            return error
        }
    }
}

extension Stub {
    func answer(_ request: HTTPRequest, _ body: MessageBody?) async throws -> TransportResponse {
        let content = try await body?.collect() ?? Data()
        return try await responder(request, content).transportResponse(to: request.method)
    }
}
