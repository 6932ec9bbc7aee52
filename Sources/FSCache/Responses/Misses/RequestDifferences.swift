internal import Foundation
internal import HTTPTypes

/// Lists the differences of a stored request from the wanted one.
struct RequestDifferences {
    /// How many differences are listed at most.
    private static let limit = 12

    private let candidate: NearestSearch.Candidate
    private let wanted: ComparedRequest
    private let stored: ComparedRequest
    private let matching: RequestMatching
    private var found: [MissExplanation.Difference] = []

    init(of candidate: NearestSearch.Candidate, from wanted: StoredResponse.Request, _ matching: RequestMatching) {
        self.candidate = candidate
        self.wanted = ComparedRequest(wanted)
        self.stored = ComparedRequest(candidate.request.redactedAgain(matching))
        self.matching = matching
        compare()
    }

    /// The stored request and its differences.
    var nearest: MissExplanation.NearestRequest {
        MissExplanation.NearestRequest(
            request: stored.request,
            differences: Array(found.prefix(Self.limit)),
            omittedDifferenceCount: max(0, found.count - Self.limit)
        )
    }

    private mutating func compare() {
        // The key tells that all that enters it is equal, redacted or not.
        if candidate.hasWantedKey != true {
            if wanted.request.method != stored.request.method {
                add(.method, nil, "\(wanted.request.method)", "\(stored.request.method)")
            }
            if wanted.origin != stored.origin { add(.host, nil, String(wanted.origin), String(stored.origin)) }
            if wanted.path != stored.path { add(.path, nil, String(wanted.path), String(stored.path)) }
        }
        // Other header fields and another body say nothing about a different target.
        let isSameTarget = found.isEmpty
        if candidate.hasWantedKey != true {
            compareQueries()
            if isSameTarget { compareFieldsOfKey() }
            if isSameTarget { compareBodies() }
        }
        if isSameTarget { compareVaryingFields() }
        if found.isEmpty, let date = candidate.expiredAt { add(.expiry, nil, nil, date.formatted(.iso8601)) }
    }

    private mutating func add(
        _ ingredient: MissExplanation.Ingredient,
        _ name: String?,
        _ wanted: String?,
        _ stored: String?,
        isRedacted: Bool = false
    ) {
        let (wanted, stored) = DifferenceText.shortened(wanted, stored, to: DifferenceText.longest)
        found.append(
            MissExplanation.Difference(
                ingredient: ingredient,
                name: name.map { DifferenceText.shortened($0, to: DifferenceText.longest) },
                wanted: wanted,
                stored: stored,
                isRedacted: isRedacted
            )
        )
    }
}

// MARK: - Parameters

extension RequestDifferences {
    private mutating func compareQueries() {
        let count = found.count
        let lists = (keyed(wanted.parameters), keyed(stored.parameters))
        compare(lists.0, lists.1, as: .query)
        if found.count == count, lists.0 != lists.1 {
            // Only their order differs, or a question mark without a query.
            add(.query, nil, wanted.query.map(String.init), stored.query.map(String.init))
        }
    }

    /// The parameters that enter the key.
    private func keyed(_ parameters: [Substring]) -> [Substring] {
        parameters.filter { treatment(of: $0) != .omitted }
    }

    private func treatment(of parameter: Substring) -> RequestMatching.Treatment {
        let name = FormCoding.decoded(Array(parameter.prefix { $0 != "=" }.utf8).span)
        return matching.treatment(of: name.span, for: .key)
    }

    /// Compares lists of parameters by name, in the order in which the names first appear.
    private mutating func compare(
        _ wanted: [Substring],
        _ stored: [Substring],
        as ingredient: MissExplanation.Ingredient
    ) {
        func name(_ parameter: Substring) -> Substring { parameter.prefix { $0 != "=" } }
        let byName = (Dictionary(grouping: wanted, by: name), Dictionary(grouping: stored, by: name))
        var names = Set<Substring>()
        for name in (wanted + stored).map(name) where names.insert(name).inserted && !name.isEmpty {
            let (own, others) = (byName.0[name] ?? [], byName.1[name] ?? [])
            let isDigested = treatment(of: name) == .digested
            if isDigested, !own.isEmpty, own.count == others.count {
                let redacted = RequestMatching.redactedValue
                add(ingredient, String(name), redacted, redacted, isRedacted: true)
                continue
            }
            let rest = (Self.removing(others, from: own), Self.removing(own, from: others))
            for index in 0..<max(rest.0.count, rest.1.count) {
                let value = { (rest: [Substring]) in
                    index < rest.count ? rest[index].dropFirst(name.count + 1) : nil
                }
                add(ingredient, String(name), value(rest.0).map(String.init), value(rest.1).map(String.init))
            }
        }
    }

    /// The parameters that are left after each of the others has been removed once.
    private static func removing(_ others: [Substring], from parameters: [Substring]) -> [Substring] {
        var counts = Dictionary(others.map { ($0, 1) }, uniquingKeysWith: +)
        return parameters.filter { parameter in
            guard let count = counts[parameter], count > 0 else { return true }
            counts[parameter] = count - 1
            return false
        }
    }
}

// MARK: - Header fields

extension RequestDifferences {
    private mutating func compareFieldsOfKey() {
        let keyed = [wanted, stored].flatMap { matching.fieldsOfKey($0.httpRequest).map(\.name) }
        let names = Dictionary(keyed.map { ($0.canonicalName, $0) }) { name, _ in name }
        for name in names.sorted(by: { $0.key < $1.key }).map(\.value) {
            let (own, other) = values(name)
            if own != other {
                add(.header, name.rawName, own, other)
            } else if own == RequestMatching.redactedValue {
                add(.header, name.rawName, own, other, isRedacted: true)
            }
        }
    }

    private mutating func compareVaryingFields() {
        guard let vary = candidate.vary else { return }
        if vary.isUnlimited { add(.vary, nil, nil, "*") }
        for name in vary.names.compactMap({ HTTPField.Name($0) }) where !matching.isSettledByKey(name) {
            let (own, other) = values(name)
            // A redacted value matches no request.
            let isRedacted = own == RequestMatching.redactedValue && other == own
            if own != other || isRedacted { add(.vary, name.rawName, own, other, isRedacted: isRedacted) }
        }
    }

    /// The normalized values of a field in both requests, redacted.
    private func values(_ name: HTTPField.Name) -> (wanted: String?, stored: String?) {
        func value(_ fields: HTTPFields) -> String? {
            if fields.contains(where: { $0.name == name && matching.isRedacted($0) }) {
                return RequestMatching.redactedValue
            }
            return FieldValue.normalized(name, in: fields).map { String(decoding: $0, as: UTF8.self) }
        }
        return (value(wanted.request.headerFields), value(stored.request.headerFields))
    }
}

// MARK: - Bodies

extension RequestDifferences {
    private mutating func compareBodies() {
        let bodies = (wanted.request.body, stored.request.body)
        let frames = (Self.keyed(wanted, matching), Self.keyed(stored, matching))
        if frames.0 == frames.1 {
            let isRedacted = RequestMatching.isWithheld(bodies.0) || NormalizedRequest.holdsRedactedDigest(frames.0)
            // The digest of a body that was withheld tells that it is equal.
            if isRedacted, !RequestMatching.isWithheld(bodies.0) {
                let redacted = RequestMatching.redactedValue
                add(.body, nil, redacted, redacted, isRedacted: true)
            }
            return
        }
        let count = found.count
        switch (NormalizedBody.Kind(of: wanted.httpRequest), NormalizedBody.Kind(of: stored.httpRequest)) {
        case (.json, .json):
            guard let own = JSONMembers(bodies.0), let other = JSONMembers(bodies.1) else { break }
            for difference in own.differences(from: other) {
                let path = difference.path.isEmpty ? nil : difference.path
                add(.body, path, difference.left, difference.right)
            }
        case (.form, .form):
            compare(parameters(inForm: bodies.0), parameters(inForm: bodies.1), as: .body)
        default: break
        }
        // Unlike the rest of the body, its size and its type are no secret.
        if found.count == count { add(.body, nil, Self.summary(wanted), Self.summary(stored)) }
    }

    /// The part of the key that the body makes.
    private static func keyed(_ request: ComparedRequest, _ matching: RequestMatching) -> [UInt8] {
        var frames = FramedBytes()
        let body = request.request.body
        guard !body.isEmpty else { return [] }
        let rest = NormalizedBody.append(body, of: request.httpRequest, matching, to: &frames)
        return frames.octets + rest
    }

    private func parameters(inForm body: Data) -> [Substring] {
        guard !RequestMatching.isWithheld(body) else { return [] }
        var normalized: [UInt8] = []
        ParameterList(.form, matching, for: .record).append(Array(body).span, to: &normalized)
        return keyed(String(decoding: normalized, as: UTF8.self).split(separator: "&"))
    }

    /// The media type and the size of a body; `nil` if there is none.
    private static func summary(_ request: ComparedRequest) -> String? {
        let body = request.request.body
        guard !body.isEmpty else { return nil }
        let mediaType = request.request.headerFields[.contentType].map { ParameterizedValue($0).value }
        let size = RequestMatching.withheldByteCount(body) ?? body.count
        return (mediaType.map { "\($0), " } ?? "") + (size == 1 ? "1 byte" : "\(size) bytes")
    }
}
