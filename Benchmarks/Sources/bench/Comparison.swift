import Foundation

/// Repeats an operation a number of times in sequence.
typealias Operation = @Sendable (_ times: Int) async throws -> Void

/// Two operations that are compared within one run, because times differ between runs and machines.
struct Comparison: Sendable {
    /// The name of the subject, without spaces: `native-hit`.
    var name: String
    /// The name of the baseline: `raw read`.
    var baselineName: String
    /// The limit for the ratio of subject and baseline.
    var limit: Double?
    /// The limit for the difference of subject and baseline, if the ratio has no meaning.
    var differenceLimit: Duration?
    /// Whether preparing is quick enough for four more runs to count system calls.
    var isQuicklyPrepared = true
    /// Whether it has too many files for a disk, so they are in an in-memory file system if there is one.
    var isInMemory = false
    /// Makes both operations, which use an empty folder.
    var prepare: @Sendable (_ folder: URL) async throws -> (subject: Operation, baseline: Operation)
}

extension Comparison {
    /// All comparisons, in the order in which they are printed.
    static let all: [Comparison] = [
        .noise, .foundationRead, .foundationReplace,
        .memoryHit, .nativeHit, .nativeHitFields, .bsonHit, .jsonHit, .yamlHit,
        .nativeHitRemembered, .yamlHitRemembered,
        .nativeStore, .nativeStoreNew, .nativeStoreFirst, .boundedHit, .boundedStore,
        .tenDirectivesPrivate, .tenDirectivesShared,
        .nativeHitAmongMany,
    ]

    /// Comparisons that run only if their names are given.
    static let onDemand: [Comparison] = [.rawReadAmongMany] + stores

    #if !Stores
    /// Comparisons that need the trait Stores.
    static let stores: [Comparison] = []
    #endif
}
