/// Whether the current task looks through the entries of a cache, which does not count as using them.
package enum Maintenance {
    @TaskLocal package static var isUnderWay = false

    /// Runs work that reads entries without using them.
    static func run<Value>(_ work: () async throws -> Value) async rethrows -> Value {
        try await $isUnderWay.withValue(true, operation: work)
    }
}
