internal import HTTPTypes

/// A request that goes to the origin, and the reason for it.
struct Plan: Sendable {
    /// The purpose of the request.
    enum Purpose: Sendable, Equatable {
        /// Get a response without using the cache.
        case bypass(RequestTerms.Bypass)
        /// Get a response.
        case fetch
        /// Validate the stored response (RFC 9111 §4.3).
        case validate
        /// Get a response, unless the origin chooses the stored variant, which the request doesn't select (RFC 9111 §4.1).
        case choose
        /// Get the octets after the stored ones (RFC 9111 §3.4).
        case complete
    }

    var purpose: Purpose
    /// The terms of the client's request.
    var terms: RequestTerms
    /// The request as it is sent.
    var request: HTTPRequest
    /// The key to store the response under; `nil` if the request bypasses the cache.
    var key: CacheKey?
    /// The response under the key of the request, if it is another variant.
    var primary: Lookup.Primary?
    /// The stored response, which is validated or completed, and may stand in for an error.
    var stored: StoredResponse?
    /// Why the request goes to the origin (RFC 9211 §2.2).
    var reason: CacheStatus.Forward
    /// Whether the request is sent without the client's conditions, so that the cache answers them.
    var answersConditions = false
}

extension Plan {
    /// The plan to send the request again, without anything that refers to stored responses.
    var withoutValidators: Plan {
        var plan = self
        plan.purpose = .fetch
        switch purpose {
        case .validate: plan.request = terms.request(for: stored)
        case .complete: plan.request = terms.completeRequest
        default: plan.request = terms.request
        }
        return plan
    }

    /// The log message when the request is sent.
    var note: String {
        switch purpose {
        case .bypass(let bypass): "not cached: \(bypass.rawValue)"
        case .fetch, .choose: "asking the origin: \(reason)"
        case .validate: "validating the stored response: \(reason)"
        case .complete: "asking the origin for the rest of the stored part"
        }
    }
}
