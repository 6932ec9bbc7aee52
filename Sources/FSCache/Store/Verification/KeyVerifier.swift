internal import Foundation
internal import HTTPTypes

/// Compares the keys of entries with their requests.
struct KeyVerifier {
    enum Result {
        case matches
        /// The key depends on values that are not stored, or perhaps on settings that the cache doesn't have.
        case notComparable
        /// No request for the URL and the method has this key.
        case differs
    }

    /// The policies under which a response may have been stored.
    private let policies: [CachePolicy]

    /// Makes a verifier for keys under the settings of a policy, and those that write URLs in other ways.
    init(_ policy: CachePolicy) {
        let settings = policy.settings
        guard settings.keyFunction == nil else {
            policies = [policy]
            return
        }
        let forms =
            [settings.urlMatching] + [.sortedQuery, .normalized, .verbatim].filter { $0 != settings.urlMatching }
        policies = forms.flatMap { form in
            [settings.isTLSVerificationDisabled, !settings.isTLSVerificationDisabled].map { isDisabled in
                var settings = settings
                settings.urlMatching = form
                settings.isTLSVerificationDisabled = isDisabled
                return CachePolicy(settings)
            }
        }
    }

    func verify(_ key: CacheKey, of response: StoredResponse) -> Result {
        let stored = response.request
        guard let request = try? HTTPRequest(stored) else { return .differs }
        var hasTarget = false
        for policy in policies {
            guard let primary = try? policy.key(of: request, body: stored.body) else { continue }
            if primary == key { return .matches }
            if let vary = VaryNames(response.headers),
                primary.variant(vary, of: request.headerFields, policy.matching) == key
            {
                return .matches
            }
            if primary.hasTarget(of: key) { hasTarget = true }
        }
        // A key function may have got the URL as it was before it was normalized. Without one, the first digits follow from
        // the method and the URL, and the rest may depend on fields that were matched, and on redacted values.
        let isComparable = policies[0].settings.keyFunction == nil && !hasTarget
        return isComparable && !stored.url.contains(RequestMatching.redactedValue) ? .differs : .notComparable
    }
}
