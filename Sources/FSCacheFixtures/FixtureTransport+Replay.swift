import FSCache
import Foundation
import HTTPTypes
import Synchronization

extension FixtureTransport {
    /// Recorded exchanges that answer a request.
    struct Candidates {
        var exchanges: [FixtureDirectory.Recorded]
        /// The index of their directory.
        var layer: Int
        /// The values of the fields that `Vary` names.
        var variant: [String] = []
        /// What is unusual about them.
        var note: String?
        /// Whether only the heads are used, because they answer `GET` and the request is `HEAD`.
        var isHeadOnly = false
    }

    enum Match {
        case found(Candidates)
        /// Responses are recorded for other values of the fields that `Vary` names; how many.
        case otherVariants(Int)
        case nothing
    }

    /// Looks for recorded responses to a request, in one layer after the other.
    func find(_ wanted: FixtureForm.Wanted) throws(FSCacheError) -> Match {
        var match = try matches(wanted)
        if case .nothing = match, wanted.request.method == .head {
            match = try matches(form.changing(wanted) { $0.method = .get })
            if case .found(var candidates) = match {
                candidates.isHeadOnly = true
                match = .found(candidates)
            }
        }
        if case .nothing = match, let origin = otherOrigin(than: wanted) {
            match = try find(form.changing(wanted) { ($0.scheme, $0.authority) = (origin.scheme, origin.authority) })
        }
        return match
    }

    private func matches(_ wanted: FixtureForm.Wanted) throws(FSCacheError) -> Match {
        var otherVariants = 0
        for (layer, directory) in directories.enumerated() {
            let all = try directory.recorded(wanted.key) { form.answers($0, wanted.key) }
            let recorded = mode == .replay ? all : all.filter { !directory.isNew($0.path) }
            guard !recorded.isEmpty else { continue }
            if let candidates = variant(of: recorded, for: wanted.request, layer) { return .found(candidates) }
            otherVariants = max(otherVariants, recorded.count)
        }
        return otherVariants > 0 ? .otherVariants(otherVariants) : .nothing
    }

    /// The exchanges whose `Vary` fits the request; if there are none, the only variant.
    private func variant(
        of recorded: [FixtureDirectory.Recorded],
        for request: HTTPRequest,
        _ layer: Int
    ) -> Candidates? {
        func values(_ recorded: FixtureDirectory.Recorded, in fields: HTTPFields) -> [String] {
            form.varyingNames(of: recorded.entry.response).map { name in
                "\(name): \(fields.comparableValue(of: name).map { String(decoding: $0, as: UTF8.self) } ?? "absent")"
            }
        }
        let fitting = recorded.filter { exchange in
            values(exchange, in: exchange.entry.response.request.headerFields)
                == values(exchange, in: request.headerFields)
        }
        if let first = fitting.first {
            return Candidates(exchanges: fitting, layer: layer, variant: values(first, in: request.headerFields))
        }
        // When something new is recorded, so is this variant.
        guard mode == .replay else { return nil }
        let variants = Set(recorded.map { values($0, in: $0.entry.response.request.headerFields) })
        guard variants.count == 1, let only = variants.first else { return nil }
        return Candidates(
            exchanges: recorded,
            layer: layer,
            variant: only,
            note: "the only recorded variant, for \(only.joined(separator: ", "))"
        )
    }

    /// The only origin of the fixture, if the request is for another port of this machine.
    ///
    /// A server for tests gets another port each time.
    private func otherOrigin(than wanted: FixtureForm.Wanted) -> TargetURL? {
        guard let authority = wanted.request.authority, isProgram || Self.isLoopback(authority) else { return nil }
        let origins = Set(directories.flatMap(\.origins))
        guard origins.count == 1, let origin = origins.first.flatMap({ try? TargetURL($0) }),
            isProgram || Self.isLoopback(origin.authority), origin.authority != authority
        else { return nil }
        return origin
    }

    private static func isLoopback(_ authority: String) -> Bool {
        let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        return host == "localhost" || host.hasSuffix(".localhost") || host.hasPrefix("127.") || host == "[::1]"
    }

    /// The next of the candidates; `nil` if all have been replayed.
    func replay(_ candidates: Candidates, _ wanted: FixtureForm.Wanted) -> TransportResponse? {
        let choice = state.withLock { state in
            let step = form.settings.keepsOrder ? state.playback.step(of: wanted.resource) : nil
            return state.playback.next(
                of: candidates.exchanges.map { $0.entry.facts.step ?? 0 },
                wanted.key,
                variant: candidates.variant,
                step: step,
                repeatsLast: mode != .new && form.settings.whenExhausted == .repeatsLast
            )
        }
        guard case .response(let index, let isRepeated) = choice else { return nil }
        let recorded = candidates.exchanges[index]
        state.withLock { _ = $0.used[candidates.layer].insert(recorded.path) }
        if form.settings.recordedAt == nil, recorded.entry.response.receivedAt > clock.now {
            clock.now = recorded.entry.response.receivedAt
        }
        var (head, body) = form.shown(recorded.entry.response)
        var notes = [candidates.note].compactMap { $0 }
        if isRepeated, candidates.exchanges.count > 1 {
            notes.append("the last of \(candidates.exchanges.count), again")
        }
        if !notes.isEmpty {
            let status = CacheStatus(detail: notes.joined(separator: "; "))
            head.headerFields.append(HTTPField(name: .cacheStatus, value: "\(status)"))
        }
        guard !candidates.isHeadOnly else { return TransportResponse(head: head, body: MessageBody(Data())) }
        let chunks = RecordedChunks(body, head, recorded.entry.facts)
        return TransportResponse(head: head, body: chunks.body(isPaced: form.settings.pace == .recorded))
    }

    /// The error for a request without a recorded response.
    func miss(_ wanted: FixtureForm.Wanted, _ reason: MissExplanation.Reason?) -> FSCacheError {
        state.withLock { $0.counts.misses += 1 }
        do {
            let request = try StoredResponse.Request(wanted.request, body: wanted.body, redacting: form.matching)
            let unreadable = Mutex<[String]>([])
            var explanation = MissExplanation(
                of: request,
                among: directories.lazy.flatMap { directory in
                    directory.requests(near: request, wanted.key) { error in unreadable.withLock { $0.append(error) } }
                },
                advice: advice,
                reason: reason,
                settings: form.settings.cacheSettings
            )
            let errors = unreadable.withLock { $0 }
            if !errors.isEmpty { explanation.advice = (errors + [advice]).joined(separator: "\n") }
            return FSCacheError(.offline, "\(explanation)", explanation: explanation)
        } catch {
            return error
        }
    }
}

extension FixtureDirectory {
    /// The origins of the recorded requests, as the names of files tell, which are enough to see whether there is one.
    fileprivate var origins: Set<String> {
        Set(
            all(limit: 50).compactMap { recorded in
                let url = recorded.entry.response.request.url
                return (try? TargetURL(url)).map { "\($0.scheme)://\($0.authority)" }
            }
        )
    }
}
