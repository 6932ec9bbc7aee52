/// Why no stored response answers a request.
public struct MissExplanation: Sendable {
    public struct Reason: Sendable, Hashable {
        let d: String
        package static let usedUp = Reason(d: "used up")
        package static let variantOnly = Reason(d: "variant")
    }
    package static let searchLimit = 2000
    let text: String
    package init(
        of request: StoredResponse.Request,
        among stored: [StoredResponse.Request],
        advice: String,
        reason: Reason? = nil
    ) {
        text = "\(request.method) \(request.url): \(reason?.d ?? "nothing recorded"). \(advice)"
    }
}
extension FSCacheError {
    package init(_ explanation: MissExplanation) { self.init(.offline, explanation.text) }
}
