import FSCacheTesting
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import FSCache

/// Random histories of one URL, through `decide` and `conclude`, against an independent reading of RFC 9111.
///
/// The model keeps every response that came. It says for each request which of them may be served, and whether the origin
/// must be asked.
@Suite("Policy: random histories")
struct HistoryModelTests {
    /// A response that came, with its fields as later ones have updated them.
    private struct Event {
        var version: Int
        /// The fields of the request that it answered.
        var request: HTTPFields
        var control: [String: Int]
        var vary: [HTTPField.Name]
        var requestedAt: Date
        var receivedAt: Date
        /// The age that it had when it came (§4.2.3).
        var initialAge: TimeInterval

        func matches(_ fields: HTTPFields) -> Bool { vary.allSatisfy { fields[$0] == request[$0] } }

        func age(at now: Date) -> TimeInterval { initialAge + now.timeIntervalSince(receivedAt) }

        /// The seconds that remain of the freshness lifetime; negative once it is stale.
        func remaining(at now: Date, isShared: Bool) -> TimeInterval {
            let lifetime = (isShared ? control["s-maxage"] : nil) ?? control["max-age"] ?? 0
            return TimeInterval(lifetime) - age(at: now)
        }

        func forbidsStale(isShared: Bool) -> Bool {
            control["no-cache"] != nil || control["must-revalidate"] != nil || (isShared && control["s-maxage"] != nil)
        }

        func isStorable(isShared: Bool) -> Bool {
            control["no-store"] == nil && !(isShared && control["private"] != nil)
        }
    }

    private static let names = ["X-A", "X-B"].compactMap { HTTPField.Name($0) }

    private struct History {
        let policy: CachePolicy
        let isShared: Bool
        var random: SeededGenerator
        var now = RFC9111Case.now
        var store: [CacheKey: StoredResponse] = [:]
        /// The responses that may be served, as far as the model knows, the newest last.
        var events: [Event] = []
        /// Everything that came.
        var all: [Event] = []
        /// The version that the origin has for each value of the first field.
        var versions = [1, 2]
        var lastVersion = 2
        var counts: [String: Int] = [:]
        var faults: [String] = []

        init(isShared: Bool, seed: UInt64) {
            self.policy = CachePolicy(.rfc9111(isShared: isShared, usesHeuristicFreshness: false))
            self.isShared = isShared
            self.random = SeededGenerator(seed: seed)
        }

        mutating func pick<Value>(_ values: Value...) -> Value {
            values[Int.random(in: 0..<values.count, using: &random)]
        }

        // MARK: The origin

        mutating func control() -> [String: Int] {
            var control = ["max-age": Int.random(in: 0...40, using: &random)]
            switch Int.random(in: 0..<16, using: &random) {
            case 0: control["no-store"] = 0
            case 1: control["no-cache"] = 0
            case 2: control["must-revalidate"] = 0
            case 3: control["private"] = 0
            case 4: control["s-maxage"] = Int.random(in: 0...40, using: &random)
            case 5, 6: control["stale-while-revalidate"] = 20
            case 7: control["stale-if-error"] = 20
            case 8: control["max-age"] = nil
            default: break
            }
            return control
        }

        static func text(_ control: [String: Int]) -> String {
            let withNumber = [
                "max-age", "s-maxage", "stale-while-revalidate", "stale-if-error", "min-fresh", "max-stale",
            ]
            return control.map { withNumber.contains($0.key) ? "\($0.key)=\($0.value)" : $0.key }.sorted()
                .joined(separator: ", ")
        }

        /// Answers a request as an origin does, and remembers the response.
        mutating func answer(_ request: HTTPRequest) -> StoredResponse {
            let group = request.headerFields[names[0]] == "2" ? 1 : 0
            let tags = request.headerFields[.ifNoneMatch] ?? ""
            let isKnown = tags.contains("\"\(versions[group])\"")
            let control = control()
            let vary: [HTTPField.Name] = pick([names[0]], [names[0]], [names[0]], names, [])
            let age = pick(0, 0, 0, 7)
            let delay = pick(0, 0, 1)
            // Each response has a time of its own.
            now += 1
            let sent = now
            now += TimeInterval(delay)
            var fields: HTTPFields = [
                .cacheControl: HistoryModelTests.History.text(control), .eTag: "\"\(versions[group])\"",
                .date: HTTPDate.format(sent), .age: "\(age)",
                .vary: vary.map(\.rawName).joined(separator: ", "),
            ]
            if vary.isEmpty { fields[.vary] = "" }
            let event = Event(
                version: versions[group],
                request: request.headerFields,
                control: control,
                vary: vary,
                requestedAt: sent,
                receivedAt: now,
                initialAge: max(TimeInterval(delay), TimeInterval(age + delay))
            )
            // A 304 that must not be stored ends what was stored for its request.
            if isKnown, !event.isStorable(isShared: isShared) {
                events.removeAll { $0.version == event.version && $0.matches(request.headerFields) }
            }
            if event.isStorable(isShared: isShared) { events.append(event) }
            all.append(event)
            return StoredResponse(
                request: StoredResponse.Request(
                    method: .get,
                    url: "https://example.com/",
                    headerFields: request.headerFields.filter { names.contains($0.name) }
                ),
                status: isKnown ? .notModified : .ok,
                headerFields: fields,
                body: Data((isKnown ? "" : "\(versions[group])").utf8),
                requestedAt: sent,
                receivedAt: now,
                createdAt: now,
                expires: nil
            )
        }

        private var names: [HTTPField.Name] { HistoryModelTests.names }

        // MARK: The cache

        func lookUp(_ key: CacheKey, _ fields: HTTPFields) -> Lookup {
            guard let primary = store[key], let vary = VaryNames(primary.headers),
                !vary.matches(stored: primary.request.headers, new: fields, policy.matching)
            else { return Lookup(key: key, stored: store[key]) }
            let other = Lookup.Primary(key: key, response: primary)
            guard let variantKey = key.variant(vary, of: fields, policy.matching) else {
                return Lookup(key: key, primary: other)
            }
            guard let variant = store[variantKey], variant.generation == primary.generation,
                vary.matches(stored: variant.request.headers, new: fields, policy.matching)
            else { return Lookup(key: variantKey, primary: other) }
            return Lookup(key: variantKey, stored: variant, primary: other)
        }

        mutating func perform(_ effects: [Effect]) {
            for effect in effects {
                switch effect {
                case .store(var entry):
                    if entry.beginsGeneration {
                        entry.response.generation = Int.random(in: 1...(1 << 53), using: &random)
                    }
                    store[entry.key] = entry.response
                case .update(let response, let key): store[key] = response
                case .discard(let key): store[key] = nil
                case .invalidate:
                    store = [:]
                    events = []
                }
            }
        }

        // MARK: One exchange

        mutating func exchange() throws {
            now += TimeInterval(Int.random(in: 0...9, using: &random))
            if pick(true, false, false, false) {
                lastVersion += 1
                versions[pick(0, 1)] = lastVersion
            }
            var request = RFC9111Case.request()
            for name in names { request.headerFields[name] = pick(nil, "1", "2") }
            var wishes: [String: Int] = [:]
            switch Int.random(in: 0..<12, using: &random) {
            case 0: wishes["max-age"] = 10
            case 1: wishes["min-fresh"] = 10
            case 2: wishes["max-stale"] = 10
            case 3: wishes["no-cache"] = 0
            case 4: wishes["only-if-cached"] = 0
            default: break
            }
            if !wishes.isEmpty { request.headerFields[.cacheControl] = Self.text(wishes) }
            if pick(false, false, false, false, false, false, false, false, false, true) { request.method = .put }
            let isReachable = pick(true, true, true, true, true, true, true, false)

            let terms = RequestTerms(request, options: RequestOptions(), policy: policy)
            if terms.bypass != nil {
                guard isReachable else { return }
                // A PUT that succeeds.
                let came = RFC9111Case.response(200)
                if case .respond(let outcome) = policy.conclude(
                    policy.planBypass(.method, terms),
                    .response(came),
                    now: now
                ) {
                    perform(outcome.effects)
                }
                return
            }
            let lookup = lookUp(try policy.key(of: request, body: Data()), request.headerFields)
            switch policy.decide(terms, lookup, now: now) {
            case .serve(let stored, _): check(stored, request, wishes)
            case .serveAndRefresh(let stored, let plan):
                check(stored, request, wishes, isRefreshed: true)
                if isReachable { forward(plan) }
            case .forward(let plan):
                if isReachable { forward(plan) } else { fail(plan, request, wishes) }
            case .gatewayTimeout: counts["gateway timeouts", default: 0] += 1
            }
        }

        private mutating func forward(_ plan: Plan) {
            counts["forwarded", default: 0] += 1
            var plan = plan
            for _ in 0..<2 {
                switch policy.conclude(plan, .response(answer(plan.request)), now: now) {
                case .respond(let outcome): return perform(outcome.effects)
                case .ask(let next): plan = next
                case .fail: faults.append("an answer is taken for a failure")
                }
            }
        }

        private mutating func fail(_ plan: Plan, _ request: HTTPRequest, _ wishes: [String: Int]) {
            guard case .respond(let outcome) = policy.conclude(plan, .failure("no route"), now: now) else { return }
            check(outcome.response.stored, request, wishes, isDisconnected: true)
        }

        /// Checks a response that is served from the store.
        private mutating func check(
            _ served: StoredResponse,
            _ request: HTTPRequest,
            _ wishes: [String: Int],
            isRefreshed: Bool = false,
            isDisconnected: Bool = false
        ) {
            counts["served", default: 0] += 1
            func fault(_ text: String) {
                faults.append("\(text): \(String(decoding: served.body, as: UTF8.self)) for \(request.headerFields)")
            }
            // The most recent suitable response (§4), or one that was confirmed later.
            guard let newest = events.last(where: { $0.matches(request.headerFields) }) else {
                return fault("nothing that came may answer this")
            }
            let version = Int(String(decoding: served.body, as: UTF8.self))
            guard version == newest.version, served.receivedAt >= newest.receivedAt else {
                return fault("a newer one came: \(newest.version)")
            }
            // The response or the 304 whose fields it has.
            guard let event = all.last(where: { $0.version == version && $0.receivedAt == served.receivedAt }) else {
                return fault("it has fields that never came for it")
            }
            let remaining = event.remaining(at: now, isShared: isShared)
            let isValidated = event.control["no-cache"] == nil && wishes["no-cache"] == nil
            let isYoung = event.age(at: now) < TimeInterval(wishes["max-age"] ?? .max)
            if remaining > TimeInterval(wishes["min-fresh"] ?? 0), isValidated, isYoung { return }
            counts["stale", default: 0] += 1
            // A stale response is only served if something allows it and nothing forbids it (§4.2.4).
            if event.forbidsStale(isShared: isShared) { return fault("it must not be served stale") }
            let errorWindow = TimeInterval(event.control["stale-if-error"] ?? -1)
            if isDisconnected {
                // A request that wants a validation gets a response that may stand in for an error (RFC 5861 §4), or none.
                return wishes["no-cache"] == nil || -remaining <= errorWindow ? () : fault("it was to be validated")
            }
            if wishes["only-if-cached"] != nil { return }
            if let maxStale = wishes["max-stale"], -remaining <= TimeInterval(maxStale) { return }
            let window = TimeInterval(event.control["stale-while-revalidate"] ?? -1)
            guard isRefreshed, -remaining <= window else { return fault("it is \(-remaining) s stale") }
        }
    }

    @Test(
        "What is served is the newest response that may be, and fresh enough",
        arguments: 1...20 as ClosedRange<UInt64>
    )
    func serves(seed: UInt64) throws {
        for isShared in [false, true] {
            var history = History(isShared: isShared, seed: seed)
            let rounds = Int(ProcessInfo.processInfo.environment["FSCACHE_MODEL_ROUNDS"] ?? "") ?? 2500
            for _ in 0..<rounds {
                try history.exchange()
                guard history.faults.isEmpty else { break }
            }
            #expect(history.faults.isEmpty, "seed \(seed), shared \(isShared)")
            #expect(history.counts["served", default: 0] > rounds / 10, "most requests would go to the origin")
        }
    }
}
