import Foundation

/// Does one thing as often as asked, one after the other.
typealias Operation = @Sendable (_ times: Int) async throws -> Void

/// Two operations whose times are set against each other within one run, because times of different runs, or of
/// different machines, say nothing.
struct Comparison: Sendable {
    /// What is compared, without a space: `native-hit`.
    var name: String
    /// What it is compared to: `raw read`.
    var baselineName: String
    /// The ratio that it should stay below.
    var limit: Double?
    /// What the subject may take beyond the baseline, where that, and no ratio, is what is to be known.
    var differenceLimit: Duration?
    /// Whether it is ready to run within moments, so that its system calls can be counted, in four more runs.
    var isQuicklyPrepared = true
    /// Whether its files, which take long to write and to remove, lie in memory where the system has such a place; they
    /// are read from memory either way.
    var isInMemory = false
    /// Makes both operations, with their files in a folder that is theirs alone.
    var prepare: @Sendable (_ folder: URL) async throws -> (subject: Operation, baseline: Operation)
}

extension Comparison {
    /// The comparisons, in the order in which they are printed.
    static let all: [Comparison] = [
        .noise, .foundationRead, .foundationReplace,
        .nativeHit, .nativeHitFields, .bsonHit, .jsonHit, .yamlHit,
        .nativeHitRemembered, .yamlHitRemembered,
        .nativeStore, .nativeStoreNew, .nativeStoreFirst,
        .tenDirectivesPrivate, .tenDirectivesShared,
        .nativeHitAmongMany,
    ]

    /// Comparisons that are measured only when they are named.
    static let onDemand: [Comparison] = [.rawReadAmongMany]
}
