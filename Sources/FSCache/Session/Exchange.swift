internal import Foundation
internal import HTTPTypes
internal import Logging

/// One request and its response, without redirects.
///
/// ``CachePolicy`` decides; an exchange acts: it looks up, sends, changes the store, and shares its result with others.
final class Exchange: Sendable {
    /// How the client gets the content of the response.
    enum Delivery: Sendable {
        /// In memory.
        case whole
        /// As a stream. If `isFinished`, it is read to its end even if the client stops reading.
        case streamed(isFinished: Bool)

        var isStreamed: Bool {
            if case .streamed = self { true } else { false }
        }
    }

    let session: CachedSession
    let policy: CachePolicy
    let delivery: Delivery
    /// The terms of the request.
    let terms: RequestTerms
    /// The content of the request, if it is a stream that has not been read.
    private let streamedBody: MessageBody?
    /// Receives interim responses while the client waits.
    private let onInterimResponse: InterimResponses.Receiver?

    var cache: ResponseCache { session.cache }
    var request: HTTPRequest { terms.request }

    init(
        _ request: HTTPRequest,
        body: MessageBody?,
        options: RequestOptions,
        policy: CachePolicy,
        session: CachedSession,
        delivery: Delivery = .whole
    ) {
        self.session = session
        self.policy = policy
        self.delivery = delivery
        let streamedBody = body?.bytes == nil ? body : nil
        var terms = RequestTerms(
            request,
            body: body?.bytes ?? Data(),
            options: options,
            policy: policy,
            isDisabled: session.isCacheDisabled
        )
        terms.isBodyStreamed = streamedBody != nil
        self.terms = terms
        self.streamedBody = streamedBody
        // If this session is another one's transport, interim responses go to that session's receiver.
        self.onInterimResponse = options.onInterimResponse ?? InterimResponses.receiver
    }

    private init(
        _ exchange: Exchange,
        _ terms: RequestTerms,
        streamedBody: MessageBody?,
        _ onInterimResponse: InterimResponses.Receiver?
    ) {
        self.session = exchange.session
        self.policy = exchange.policy
        self.delivery = exchange.delivery
        self.terms = terms
        self.streamedBody = streamedBody
        self.onInterimResponse = onInterimResponse
    }

    /// This exchange with a streamed request body in memory, because it is part of the key, unless the request bypasses the
    /// cache.
    ///
    /// With a body that is too large for that, it does.
    func readingBody() async throws -> Exchange {
        guard terms.bypass == nil, let streamedBody else { return self }
        var terms = terms
        let body = try await streamedBody.gathered(upTo: policy.settings.keyedContentByteLimit)
        if let bytes = body.bytes {
            terms.body = bytes
            terms.isBodyStreamed = false
        } else {
            terms.bypass = .largeContent
        }
        return Exchange(self, terms, streamedBody: body.bytes == nil ? body : nil, onInterimResponse)
    }

    /// Whether the body of the request is a stream, which can't be sent a second time after a redirect.
    var isBodyStreamed: Bool { streamedBody != nil }

    /// This exchange, as it continues on other terms after the client has its response.
    func inBackground(_ terms: RequestTerms) -> Exchange { Exchange(self, terms, streamedBody: streamedBody, nil) }

    /// Answers the request from the store or from the origin.
    func respond() async throws -> CachedResponse {
        if let bypass = terms.bypass { return try await forward(policy.planBypass(bypass, terms)) }
        let key = try policy.key(of: request, body: terms.body)
        var attempt = Attempt()
        while true {
            attempt.endedFlights = session.flights.endedCount
            let (lookup, now) = await lookUp(key)
            switch policy.decide(terms, lookup, now: now) {
            case .serve(let stored, let isStale):
                return await perform(policy.serve(stored, terms, at: lookup.key, isStale: isStale, now: now))
            case .serveAndRefresh(let stored, let plan):
                refreshLater(plan, at: lookup.key)
                return await perform(policy.serve(stored, terms, at: lookup.key, isStale: true, now: now))
            case .forward(let plan):
                if let response = try await collapse(plan, at: lookup.key, &attempt) { return response }
            case .gatewayTimeout:
                return await perform(try policy.gatewayTimeout(terms, at: lookup.key, now: now))
            }
        }
    }

    /// Answers the request from the store, if a fresh response has been stored since the first lookup.
    func serveStored() async throws -> CachedResponse? {
        let (lookup, now) = await lookUp(try policy.key(of: request, body: terms.body))
        guard case .serve(let stored, isStale: false) = policy.decide(terms, lookup, now: now) else { return nil }
        return await perform(policy.serve(stored, terms, at: lookup.key, isStale: false, now: now))
    }

    /// Answers a request from the origin.
    func forward(_ plan: Plan) async throws -> CachedResponse { try await conclude(plan).response }

    /// Sends a plan's request to the origin, and acts on the answer.
    func conclude(_ plan: Plan) async throws -> Outcome {
        var plan = plan
        while true {
            let mark = cache.invalidations.mark
            cache.log(plan.key, "\(plan.note)")
            let answer: Answer
            var failure: (any Error)?
            do {
                answer = try await send(plan)
            } catch {
                if Task.isCancelled { throw error }
                (answer, failure) = (.failure(error), error)
            }
            switch policy.conclude(plan, answer, now: session.now()) {
            case .respond(var outcome):
                await apply(&outcome, since: mark)
                return outcome
            case .ask(let next): plan = next
            case .fail: throw failure ?? CancellationError()
            }
        }
    }
}

// MARK: - Looking up

extension Exchange {
    /// Looks for the response to the request; for `HEAD`, also for the response to `GET`.
    ///
    /// - Returns: The result, and the time for which it was chosen: a moment later, the response to `GET` may be stale, and
    ///   then a response to `HEAD` must not replace it.
    private func lookUp(_ key: CacheKey) async -> (Lookup, now: Date) {
        let own = await lookUp(key, for: request)
        guard policy.settings.cacheControl, request.method == .head, let get = await lookUp(terms.getRequest) else {
            return (own, session.now())
        }
        let now = session.now()
        return (policy.prefer(own, or: get, for: terms, now: now), now)
    }

    private func lookUp(_ request: HTTPRequest) async -> Lookup? {
        guard let key = try? policy.key(of: request, body: terms.body) else { return nil }
        return await lookUp(key, for: request)
    }

    private func lookUp(_ key: CacheKey, for request: HTTPRequest) async -> Lookup {
        await cache.lookUp(
            key,
            for: request,
            policy,
            leavingBodiesOver: delivery.isStreamed ? ResponseCache.smallByteCount : .max
        )
    }
}

// MARK: - Asking the origin

extension Exchange {
    /// Sends the request.
    ///
    /// Unless the response is streamed, its content is read to the end here: a response that ends early throws, so it
    /// is never stored.
    private func send(_ plan: Plan) async throws -> Answer {
        let requestedAt = session.now().wholeMilliseconds
        let body = streamedBody ?? (terms.body.isEmpty ? nil : MessageBody(terms.body))
        var transport = session.transport
        if var offline = transport as? OfflineTransport {
            offline.matching = policy.matching
            transport = offline
        }
        let response = try await InterimResponses.withReceiver(onInterimResponse) { [transport] in
            try await transport.send(try policy.wireForm(of: plan), body: body)
        }
        let receivedAt = session.now().wholeMilliseconds
        var answer = StoredResponse(
            request: try policy.record(of: terms),
            status: response.head.status,
            headerFields: response.head.headerFields,
            body: Data(),
            requestedAt: requestedAt,
            receivedAt: receivedAt,
            createdAt: receivedAt,
            expires: nil
        )
        let mayHaveContent = request.method != .head && ![.noContent, .notModified].contains(answer.status)
        let isLeftAsStream = delivery.isStreamed && mayHaveContent
        answer.content = isLeftAsStream ? response.body : MessageBody(try await response.body.collect())
        guard let affected = policy.requestAffected(by: answer, of: plan) else { return .response(answer) }
        return .response(answer, current: await lookUp(affected))
    }
}

// MARK: - Changing the store

extension Exchange {
    /// Changes the store, counts, and hands out the response.
    func perform(_ outcome: consuming Outcome) async -> CachedResponse {
        await apply(&outcome)
        return outcome.response
    }

    /// Changes the store, and counts.
    ///
    /// - Parameters:
    ///   - outcome: The response and the changes.
    ///   - mark: When the request was sent. If its response has been invalidated since, it isn't stored.
    private func apply(_ outcome: inout Outcome, since mark: Invalidations.Mark? = nil) async {
        var mark = mark
        for note in outcome.notes { cache.log(outcome.response.cacheKey, "\(note)") }
        for effect in outcome.effects {
            switch effect {
            case .store(var entry):
                if entry.beginsGeneration { entry.response.generation = .random(in: 1...(1 << 53)) }
                entry.mark = mark
                if RequestMatching.isWithheld(entry.response.request.body) { cache.tellOfWithheldContent(entry.key) }
                let isStored = await store(entry, sharedWith: &outcome.response.stored.content)
                if !isStored {
                    outcome.shareable = nil
                    outcome.response.withdrawStored(entry.key)
                }
            case .update(let stored, let key):
                let isCurrent = mark.map { !cache.invalidations.concern(key, since: $0) } ?? true
                let isStored = isCurrent ? await cache.write(stored, for: key) : false
                if !isStored { outcome.response.withdrawStored(key) }
            case .discard(let key): await cache.discard(key)
            case .invalidate(let urls):
                await cache.invalidate(urls, after: request.method)
                // A response that is stored after this is the newer one.
                if mark != nil { mark = cache.invalidations.mark }
            }
        }
        cache.count(outcome.response)
    }

    /// Stores a response: at once if its content is in memory, otherwise while it arrives.
    ///
    /// - Parameters:
    ///   - entry: The response to store.
    ///   - body: The client's content. If the entry has the same stream, it becomes a reader of the shared stream.
    /// - Returns: Whether the response is stored; `true` for a stream, whose storing can still fail later.
    private func store(_ entry: NewEntry, sharedWith body: inout MessageBody) async -> Bool {
        let source = entry.response.content
        guard source.isStream else { return await EntryRecording.write(entry, in: cache, policy.settings) }
        var isFinished = entry.isFinishedInBackground
        if case .streamed(isFinished: true) = delivery { isFinished = true }
        let incoming = SharedBody(byteCount: source.byteCount, finisher: isFinished ? session.backgroundTasks.add : nil)
        guard let reader = incoming.join() else { return false }
        if body == source { body = reader }
        incoming.start { [cache, settings = policy.settings] incoming in
            var recording = await EntryRecording(entry, in: cache, settings, incoming: incoming)
            for try await chunk in source {
                await recording.append(chunk)
                try await incoming.append(chunk)
            }
            // Some streams end without an error when their task is cancelled.
            try Task.checkCancellation()
            _ = await recording.commit()
        }
        return true
    }
}

extension CachedResponse {
    /// Reports the response as not stored, because it could not be written.
    fileprivate mutating func withdrawStored(_ key: CacheKey) {
        guard key == cacheKey else { return }
        cacheStatus.isStored = false
        cacheStatus.detail = cacheStatus.detail ?? "could not be stored"
    }
}
