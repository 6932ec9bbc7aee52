/// Settings and the policy that they make: made once, shared by all requests that begin under them.
///
/// Settings hold a dozen references. A request that copied them, and again for the policy, would spend more on counting
/// these than on its key.
final class ActiveSettings: Sendable {
    let settings: CacheSettings
    let policy: CachePolicy

    init(_ settings: CacheSettings) {
        self.settings = settings
        self.policy = CachePolicy(settings)
    }
}
