/// Expirations by URL.
///
/// The first pattern that matches a URL applies.
///
/// ```swift
/// let rules: ExpirationRules = [
///     "*.example.com/static": .never,
///     "api.example.com": 300,
///     "*": .doNotCache,  // all other URLs
/// ]
/// ```
public struct ExpirationRules: Sendable {
    /// A pattern and the expiration of the URLs that it matches.
    public struct Rule: Sendable {
        /// The pattern.
        public var pattern: URLPattern
        /// The expiration of the URLs that it matches.
        public var expiration: Expiration

        /// Makes a rule.
        ///
        /// - Parameters:
        ///   - pattern: The pattern.
        ///   - expiration: The expiration of the URLs that it matches.
        public init(_ pattern: URLPattern, _ expiration: Expiration) {
            self.pattern = pattern
            self.expiration = expiration
        }
    }

    /// The rules, in the order in which they are tried.
    public var rules: [Rule]

    /// Makes a list of rules.
    ///
    /// - Parameter rules: The rules, in the order in which they are tried.
    public init(_ rules: [Rule] = []) {
        self.rules = rules
    }

    /// Finds the expiration for a URL.
    ///
    /// - Parameter url: The normalized URL. It is computed only if there are rules.
    /// - Returns: The expiration of the first rule that matches, or `nil` if none matches.
    package func expiration(for url: @autoclosure () -> String) -> Expiration? {
        guard !rules.isEmpty else { return nil }
        let url = url()
        return rules.first { $0.pattern.matches(url) }?.expiration
    }
}

extension ExpirationRules: ExpressibleByDictionaryLiteral {
    /// Makes rules from a literal, in its order.
    public init(dictionaryLiteral elements: (URLPattern, Expiration)...) {
        self.init(elements.map { Rule($0, $1) })
    }
}
