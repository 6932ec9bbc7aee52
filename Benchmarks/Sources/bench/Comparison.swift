import Foundation

/// Does one thing a number of times in sequence.
typealias Operation = @Sendable (_ times: Int) async throws -> Void

/// Two operations that are compared within one run, because times of other runs and other machines differ.
struct Comparison: Sendable {
    /// The name of the subject, without spaces: `native-hit`.
    var name: String
    /// The name of the baseline: `raw read`.
    var baselineName: String
    /// The ratio of subject and baseline should stay below this.
    var limit: Double?
    /// The difference of subject and baseline should stay below this, where the ratio means nothing.
    var differenceLimit: Duration?
    /// Whether preparing is quick enough for the four more runs that count system calls.
    var isQuicklyPrepared = true
    /// Whether its files, too many for a disk, are in a file system in memory if there is one.
    var isInMemory = false
    /// Makes both operations, which have the folder to themselves.
    var prepare: @Sendable (_ folder: URL) async throws -> (subject: Operation, baseline: Operation)
}

extension Comparison {
    /// All comparisons, in the order in which they are printed.
    static let all: [Comparison] = [
        .noise, .foundationRead, .foundationReplace,
        .memoryHit, .nativeHit, .nativeHitFields, .bsonHit, .jsonHit, .yamlHit,
        .nativeHitRemembered, .yamlHitRemembered,
        .nativeStore, .nativeStoreNew, .nativeStoreFirst,
        .tenDirectivesPrivate, .tenDirectivesShared,
        .nativeHitAmongMany,
    ]

    /// Comparisons that run only when they are named.
    static let onDemand: [Comparison] = [.rawReadAmongMany]
}
