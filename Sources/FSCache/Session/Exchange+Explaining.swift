internal import HTTPTypes

extension Exchange {
    /// Answers the request; an error of an ``OfflineTransport`` explains why no stored response could.
    ///
    /// Only the request that fails pays for the explanation: not a hit, nor a stale response in place of the error.
    func respondOrExplain() async throws -> CachedResponse {
        do {
            return try await respond()
        } catch let error as FSCacheError where error.code == .offline && error.explanation == nil {
            guard let transport = session.transport as? OfflineTransport, transport.explainsMisses,
                let explanation = await explanation(advice: OfflineTransport.advice)
            else { throw error }
            throw FSCacheError(
                .offline,
                explanation.description,
                underlyingError: error.underlyingError,
                explanation: explanation
            )
        }
    }

    /// The explanation of a miss; `nil` if the store can't be searched.
    private func explanation(advice: String) async -> MissExplanation? {
        guard let record = try? policy.record(of: terms) else { return nil }
        if let bypass = terms.bypass {
            return MissExplanation(
                bypassing: record,
                because: bypass.sentence(request.method),
                matching: policy.matching,
                advice: ""
            )
        }
        let key = try? policy.key(of: request, body: terms.body)
        return try? await cache.explainMiss(of: record, key: key, policy, advice: advice, now: session.now())
    }
}

extension RequestTerms.Bypass {
    /// Why the cache stays out of a request, and what to change.
    fileprivate func sentence(_ method: HTTPRequest.Method) -> String {
        switch self {
        case .disabled: "The cache is disabled: settings.isDisabled or withCacheDisabled."
        case .method: "The cache isn't used for \(method): add it to settings.allowableMethods."
        case .doNotCache: "The cache isn't used for this URL: its expiration is .doNotCache."
        case .noStore: "The cache isn't used for the request, because its Cache-Control has no-store."
        case .conditional: "The cache isn't used for the request, because it has conditions of its own."
        case .largeContent: "The cache isn't used for content that is larger than settings.keyedContentByteLimit."
        }
    }
}
