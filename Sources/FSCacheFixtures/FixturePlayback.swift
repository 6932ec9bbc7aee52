import FSCache
import HTTPTypes

/// Which recorded response comes next: a pure state machine with the positions of one test.
struct FixturePlayback: Sendable {
    /// The result of choosing a response.
    enum Choice: Equatable, Sendable {
        /// The candidate with this index; whether it was replayed before.
        case response(Int, isRepeated: Bool)
        /// Every candidate has been replayed.
        case usedUp
    }

    private struct Place: Hashable {
        var key: CacheKey
        var step: Int
        /// The fields that `Vary` names, of the candidates that match them.
        var variant: [String]
    }

    private var positions: [Place: Int] = [:]
    private var steps: [String: Int] = [:]
    private var recordedCounts: [CacheKey: Int] = [:]

    /// How many unsafe requests to a path came before.
    func step(of resource: String) -> Int { steps[resource] ?? 0 }

    /// Counts an unsafe request.
    mutating func countUnsafe(_ resource: String) { steps[resource, default: 0] += 1 }

    /// Counts a response that is recorded now.
    ///
    /// - Returns: How many responses to the request have been recorded, with this one.
    mutating func countRecorded(_ key: CacheKey) -> Int {
        recordedCounts[key, default: 0] += 1
        return recordedCounts[key] ?? 1
    }

    /// Chooses the next response.
    ///
    /// - Parameters:
    ///   - candidates: The steps of the candidates, in the order of the recording. Not empty.
    ///   - key: The key of the request.
    ///   - variant: What distinguishes these candidates from others with the key.
    ///   - step: The step of the request if the order of the recording is kept, otherwise `nil`.
    ///   - repeatsLast: Whether the last one is repeated.
    /// - Returns: The choice.
    mutating func next(
        of candidates: [Int],
        _ key: CacheKey,
        variant: [String],
        step: Int?,
        repeatsLast: Bool
    ) -> Choice {
        var eligible = Array(candidates.indices)
        var place = Place(key: key, step: 0, variant: variant)
        if let step {
            // The last recorded step that isn't later; if all are later, the first.
            let chosen = candidates.filter { $0 <= step }.max() ?? candidates.min() ?? 0
            eligible = candidates.indices.filter { candidates[$0] == chosen }
            place.step = chosen
        }
        let position = positions[place] ?? 0
        if position < eligible.count {
            positions[place] = position + 1
            return .response(eligible[position], isRepeated: false)
        }
        return repeatsLast ? .response(eligible[eligible.count - 1], isRepeated: true) : .usedUp
    }
}
