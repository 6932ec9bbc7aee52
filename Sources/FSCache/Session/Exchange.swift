internal import Foundation
internal import HTTPTypes
internal import Logging

/// One request and its response, without redirects: the way through the cache.
struct Exchange {
    /// How the content of the response is handed out.
    enum Delivery: Sendable {
        /// In memory.
        case whole
        /// As a stream, which is read to its end even after everybody has left it, if it is to be finished.
        case streamed(isFinished: Bool)

        var isStreamed: Bool {
            if case .streamed = self { true } else { false }
        }
    }

    let request: HTTPRequest
    private(set) var body: Data
    let followsRedirects: Bool
    let delivery: Delivery
    let terms: RequestTerms
    /// Is told of interim responses while the client waits.
    private(set) var onInterimResponse: InterimResponses.Receiver?
    let policy: CachePolicy
    let session: CachedSession
    /// The content, where it comes as a stream that has not been read.
    private var streamedBody: MessageBody?

    var settings: CacheSettings { policy.settings }
    var cache: ResponseCache { session.cache }

    /// Weighs what a request asks for.
    init(
        _ request: HTTPRequest,
        body: MessageBody?,
        options: RequestOptions,
        policy: CachePolicy,
        session: CachedSession,
        delivery: Delivery = .whole
    ) {
        self.request = request
        self.followsRedirects = options.followsRedirects ?? policy.settings.followsRedirects
        self.delivery = delivery
        self.terms = RequestTerms(
            request,
            url: request.urlForPatterns,
            options: options,
            settings: policy.settings,
            isDisabled: session.isCacheDisabled
        )
        // A session may be the transport of another one.
        self.onInterimResponse = options.onInterimResponse ?? InterimResponses.receiver
        self.policy = policy
        self.session = session
        self.body = body?.bytes ?? Data()
        self.streamedBody = body?.bytes == nil ? body : nil
    }

    /// Reads a body that comes as a stream into memory, for it is part of the key, unless the cache stays out of the
    /// exchange.
    mutating func gatherBody() async throws {
        guard terms.bypass == nil, let streamedBody else { return }
        body = try await streamedBody.collect()
        self.streamedBody = nil
    }

    /// Whether the content comes as a stream.
    var isBodyStreamed: Bool { streamedBody != nil }

    /// The content as it is sent; `nil` when there is none.
    var outgoingBody: MessageBody? {
        streamedBody ?? (body.isEmpty ? nil : MessageBody(body))
    }

    /// Whether the request can be sent once more, to where a redirect leads.
    var isRepeatable: Bool { !isBodyStreamed }

    /// The same exchange, for what is done once the client has its answer.
    var inBackground: Exchange {
        var exchange = self
        exchange.onInterimResponse = nil
        return exchange
    }

    /// Answers from the store, or asks the origin and stores what it says.
    func respond() async throws -> CachedResponse {
        if let bypass = terms.bypass { return try await pass(bypass) }
        let key = try settings.key(of: request, body: body)
        var flown = Flown()
        while true {
            flown.countBefore = session.flights.endedCount
            let found = await lookup(key)
            let now = session.now()
            switch policy.decide(terms, stored: found.stored, now: now) {
            case .serve(let stored, let isStale):
                return await serve(stored, at: found.key, isStale: isStale, now: now)
            case .serveAndRefresh(let stored):
                refreshLater(stored, of: found)
                return await serve(stored, at: found.key, isStale: true)
            case .gatewayTimeout:
                return try gatewayTimeout(at: found.key)
            case .revalidate(let stored, let reason):
                let response = try await share(found, because: reason, &flown) {
                    cache.log(found.key, "asking the origin whether what is stored still holds: \(reason)")
                    return try await revalidate(stored, of: found, because: reason)
                }
                if let response { return response }
            case .complete(let stored, let reason):
                let response = try await share(found, because: reason, &flown) {
                    cache.log(found.key, "asking the origin for the rest of what is stored")
                    return try await complete(stored, of: found, because: reason)
                }
                if let response { return response }
            case .fetch(let decided):
                let reason = found.isOtherVariant ? .varyMiss : decided
                let response = try await share(found, because: reason, &flown) {
                    cache.log(found.key, "asking the origin: \(reason)")
                    return try await fetch(found, because: reason)
                }
                if let response { return response }
            }
        }
    }

    /// What is stored for the request; for `HEAD`, a response to `GET` that may be served and is newer (RFC 9111 §4).
    private func lookup(_ key: CacheKey) async -> Lookup {
        let found = await cache.lookUp(key, for: request, policy, leavesLargeBodies: delivery.isStreamed)
        guard request.method == .head, settings.cacheControl, let get = await lookupGet(),
            let stored = get.stored, isServed(stored)
        else { return found }
        if let own = found.stored, isServed(own), own.receivedAt > stored.receivedAt { return found }
        return get
    }

    private func isServed(_ stored: StoredResponse) -> Bool {
        guard case .serve = policy.decide(terms, stored: stored, now: session.now()) else { return false }
        return true
    }
}

extension HTTPRequest {
    /// The URL as patterns see it.
    ///
    /// What is no URL is refused before it matters.
    fileprivate var urlForPatterns: String {
        (try? TargetURL(of: self))?.description ?? ""
    }
}
