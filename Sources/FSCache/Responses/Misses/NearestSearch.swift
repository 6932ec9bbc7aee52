internal import Foundation

/// Finds the stored requests that are most similar to a wanted one.
///
/// It keeps only the best ones, so its memory doesn't grow with the store.
struct NearestSearch {
    /// A stored request to compare with.
    struct Candidate {
        var request: StoredResponse.Request
        /// The fields that the origin selected the response by.
        var vary: VaryNames?
        /// When the response became stale, if it has.
        var expiredAt: Date?
        /// Whether it has the key of the wanted request; `nil` if that is unknown.
        var hasWantedKey: Bool?
    }

    private struct Kept {
        var candidate: Candidate
        var compared: ComparedRequest
        var likeness: Likeness
    }

    private let wanted: ComparedRequest
    private let matching: RequestMatching
    private var kept: [Kept] = []
    /// The number of requests that were compared.
    private(set) var searchedCount = 0
    /// Whether a stored request was left out.
    var isCutShort = false

    init(_ wanted: StoredResponse.Request, _ matching: RequestMatching) {
        self.wanted = ComparedRequest(wanted.redactedAgain(matching))
        self.matching = matching
    }

    /// Whether the best ones are found, if requests for the same method and URL come first.
    var isFull: Bool { kept.count == MissExplanation.nearestLimit }

    /// Whether one more request may be compared.
    ///
    /// If not, the search is cut short.
    mutating func mayContinue() -> Bool {
        if searchedCount >= MissExplanation.searchLimit { isCutShort = true }
        return !isCutShort
    }

    /// Compares a stored request, unless the limit is reached.
    ///
    /// - Returns: Whether the search may continue.
    mutating func considers(_ request: StoredResponse.Request) -> Bool {
        guard mayContinue() else { return false }
        add(Candidate(request: request))
        return true
    }

    /// Compares a stored request.
    mutating func add(_ candidate: Candidate) {
        searchedCount += 1
        let compared = ComparedRequest(candidate.request)
        guard let likeness = compared.likeness(to: wanted) else { return }
        let index = kept.firstIndex { $0.likeness < likeness } ?? kept.count
        guard index < MissExplanation.nearestLimit else { return }
        kept.insert(Kept(candidate: candidate, compared: compared, likeness: likeness), at: index)
        if kept.count > MissExplanation.nearestLimit { kept.removeLast() }
    }

    /// The nearest requests, and the reason that they tell.
    func result() -> (
        request: StoredResponse.Request, reason: MissExplanation.Reason, nearest: [MissExplanation.NearestRequest]
    ) {
        let nearest = kept.map { kept in
            RequestDifferences(of: kept.candidate, from: wanted.request, matching).nearest
        }
        var request = wanted.request
        let varying = Set(kept.flatMap { $0.candidate.vary?.names ?? [] })
        request.headerFields = matching.distinguishing(request, Array(varying))
        return (request, reason(nearest.first), nearest)
    }

    private func reason(_ nearest: MissExplanation.NearestRequest?) -> MissExplanation.Reason {
        guard let best = kept.first, let nearest, best.compared.origin == wanted.origin else {
            return searchedCount == 0 ? .empty : .host
        }
        if best.compared.path != wanted.path { return .path }
        if best.compared.request.method != wanted.request.method { return .method }
        // A difference that is certain explains more than one that may be none.
        let differences = nearest.differences.filter { !$0.isRedacted } + nearest.differences.filter(\.isRedacted)
        for (ingredient, reason) in Self.reasons where differences.first?.ingredient == ingredient { return reason }
        let isOtherKey = best.candidate.hasWantedKey == false && best.candidate.vary == nil
        return isOtherKey ? .settings : .unusable
    }

    private static let reasons: [(MissExplanation.Ingredient, MissExplanation.Reason)] = [
        (.path, .path), (.query, .query), (.header, .header), (.body, .body), (.vary, .variant),
    ]
}
